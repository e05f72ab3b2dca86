import type { Speaker } from './participant-door.ts'

/** Average loudness over an interval from which somebody counts as speaking; gaps between words included. */
const activeDbov = -45
/** Weight of the newest interval: two intervals make most of the level. */
const smoothing = 2 / 3
/** Smaller changes of a level are not worth a message. */
const noticeable = 1 / 16

/** Finds out who speaks from the measured levels of each interval, and says only what changed. */
export class Speakers {
  readonly #levels = new Map<string, Speaker>()

  /** Takes the loudness (dBov, −127..0) of everybody heard in an interval; returns the changes. */
  measure(heard: ReadonlyMap<string, number>): Speaker[] {
    const changes: Speaker[] = []
    for (const sid of new Set([...this.#levels.keys(), ...heard.keys()])) {
      const change = this.#measureOne(sid, heard.get(sid))
      if (change !== undefined) changes.push(change)
    }
    return changes
  }

  /** Silences somebody at once, because of a mute or a departure; `undefined` when already silent. */
  silence(participantSid: string): Speaker | undefined {
    if (!this.#levels.delete(participantSid)) return undefined
    return { participantSid, level: 0, active: false }
  }

  #measureOne(participantSid: string, dBov: number | undefined): Speaker | undefined {
    if (dBov === undefined || dBov < activeDbov) return this.silence(participantSid)
    const before = this.#levels.get(participantSid)
    const measured = 10 ** (dBov / 20)
    const level =
      before === undefined ? measured : before.level + (measured - before.level) * smoothing
    if (before !== undefined && Math.abs(level - before.level) < noticeable * before.level)
      return undefined
    const speaker = { participantSid, level, active: true }
    this.#levels.set(participantSid, speaker)
    return speaker
  }
}
