import type { Participant } from './participant.ts'
import { allowsSubscriber } from './permissions.ts'
import type { Track } from './track.ts'

/** Which tracks one participant asked for: all by default or none, with exceptions by track. */
export class Subscriptions {
  readonly automatic: boolean
  readonly #exceptions = new Map<string, boolean>()

  constructor(automatic: boolean) {
    this.automatic = automatic
  }

  /** Remembers what was asked for a track that exists; forgotten by `forget`. */
  ask(trackSid: string, wanted: boolean): void {
    if (wanted === this.automatic) this.#exceptions.delete(trackSid)
    else this.#exceptions.set(trackSid, wanted)
  }

  asks(trackSid: string): boolean {
    return this.#exceptions.get(trackSid) ?? this.automatic
  }

  /** Drops what was asked for a track that ended. */
  forget(trackSid: string): void {
    this.#exceptions.delete(trackSid)
  }
}

/** Whether the subscriber should receive the track: it asked, it may, and the publisher lets it. */
export function shouldReceive(subscriber: Participant, track: Track): boolean {
  return (
    track.participant !== subscriber &&
    track.published &&
    !track.participant.permissions.hidden &&
    subscriber.permissions.canSubscribe &&
    subscriber.subscriptions.asks(track.sid) &&
    allowsSubscriber(track.participant.subscriptionRule, subscriber, track)
  )
}
