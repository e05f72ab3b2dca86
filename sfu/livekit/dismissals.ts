import type { Participant } from '../room/participant.ts'
import type { DepartureReason } from '../room/participant-door.ts'

/** Sessions that ended for good; of many the latest. */
const maxDismissals = 1_000

const forGood: ReadonlySet<DepartureReason> = new Set(['removed', 'roomDeleted'])

/** Whose session is to be resumed. */
export type Claim = Readonly<{ sid: string; identity: string; room: string }>

/**
 * Remembers who was sent away for good, and why: a client that was offline then did not hear of it, and
 * would come back when it is told that its session is unknown.
 */
export class Dismissals {
  readonly #reasons = new Map<string, Claim & Readonly<{ reason: DepartureReason }>>()

  /** Notes the end of a session, if it is one for good. */
  note({ sid, identity, departureReason: reason }: Participant, room: string): void {
    if (reason === undefined || !forGood.has(reason)) return
    this.#reasons.set(sid, { sid, identity, room, reason })
    for (const oldest of this.#reasons.keys()) {
      if (this.#reasons.size <= maxDismissals) break
      this.#reasons.delete(oldest)
    }
  }

  /** Why that session was ended for good; `undefined` when it was not, or is not theirs. */
  reasonFor(claim: Claim): DepartureReason | undefined {
    const noted = this.#reasons.get(claim.sid)
    const isTheirs = noted?.identity === claim.identity && noted.room === claim.room
    return isTheirs ? noted.reason : undefined
  }
}
