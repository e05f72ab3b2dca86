import type { Burst } from './timeline.ts'

/** A picture that nothing comes for is frozen from here on. */
const frozenMs = 2_000

/** Finds out when a video stands still: nothing of it arrives, though it is not muted. */
export class Stillness {
  #bytes = 0
  #movedAtMs: number | undefined
  #frozen = false
  #pastMs = 0
  #freezes = 0

  /** How often it stood still. */
  get freezes(): number {
    return this.#freezes
  }

  /** For how long in all, one that goes on included. */
  frozenMs(nowMs: number): number {
    return this.#pastMs + (this.#frozen ? nowMs - (this.#movedAtMs ?? nowMs) : 0)
  }

  /** Takes how many bytes came since the start. */
  measure(bytes: number, nowMs: number): Burst | undefined {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      return this.restart(nowMs)
    }
    if (this.#frozen || this.#movedAtMs === undefined) return undefined
    if (nowMs - this.#movedAtMs < frozenMs) return undefined
    this.#frozen = true
    this.#freezes += 1
    return { state: 'begins' }
  }

  /** It moves, or it is muted: what was frozen is over. */
  restart(nowMs: number): Burst | undefined {
    const lastedMs = nowMs - (this.#movedAtMs ?? nowMs)
    this.#movedAtMs = nowMs
    if (!this.#frozen) return undefined
    this.#frozen = false
    this.#pastMs += lastedMs
    return { state: 'ends', lastedMs }
  }
}
