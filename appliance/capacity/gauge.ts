import type { Capacity } from '#api'

/** Whom something lets in. */
export type Level = Capacity['admission']

/** At which percentages more is refused, and below which it is let in again. */
export type GaugeMarks = Readonly<{
  video: Readonly<{ refuseAt: number; admitBelow: number }>
  everybody: Readonly<{ refuseAt: number; admitBelow: number }>
}>

/** For a core, all cores and the link: what is above begins to be heard. */
export const LOAD_MARKS: GaugeMarks = {
  video: { refuseAt: 85, admitBelow: 75 },
  everybody: { refuseAt: 95, admitBelow: 88 },
}

/** A load must last so long before more is refused, and be gone so long before more is let in. */
export const WORSE_AFTER_MS = 5_000
export const BETTER_AFTER_MS = 15_000

const ORDER: readonly Level[] = ['all', 'no-video', 'nobody']

/** Turns one load into a decision that does not flap. */
export class Gauge {
  readonly #marks: GaugeMarks
  #level: Level = 'all'
  #pending: Readonly<{ direction: number; sinceMs: number }> | undefined

  constructor(marks: GaugeMarks = LOAD_MARKS) {
    this.#marks = marks
  }

  get level(): Level {
    return this.#level
  }

  /** Takes the load at a time that only grows, percent. */
  update(percent: number, atMs: number): void {
    const target = this.#target(percent)
    const direction = Math.sign(ORDER.indexOf(target) - ORDER.indexOf(this.#level))
    if (direction === 0) {
      this.#pending = undefined
      return
    }
    if (this.#pending?.direction !== direction) this.#pending = { direction, sinceMs: atMs }
    const lastsMs = atMs - this.#pending.sinceMs
    if (lastsMs < (direction > 0 ? WORSE_AFTER_MS : BETTER_AFTER_MS)) return
    this.#level = target
    this.#pending = undefined
  }

  #target(percent: number): Level {
    const { video, everybody } = this.#marks
    const refusesEverybody =
      percent >= (this.#level === 'nobody' ? everybody.admitBelow : everybody.refuseAt)
    if (refusesEverybody) return 'nobody'
    const refusesVideo = percent >= (this.#level === 'all' ? video.refuseAt : video.admitBelow)
    return refusesVideo ? 'no-video' : 'all'
  }
}

/** The strictest of some levels. */
export function strictest(levels: readonly Level[]): Level {
  return ORDER[Math.max(0, ...levels.map((level) => ORDER.indexOf(level)))] ?? 'all'
}
