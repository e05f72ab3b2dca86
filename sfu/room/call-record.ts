import type { Clock } from './ambient.ts'
import type { ConnectAttempt } from './connect-attempt.ts'
import type { Participant } from './participant.ts'
import type { DepartureReason } from './participant-door.ts'
import type { PersonSnapshot } from './person-snapshot.ts'
import { type Route, Timeline } from './timeline.ts'

/** People who left, and are kept to be told of when the call has ended. */
const maxDeparted = 50

/** What is told of a call afterwards: what happened, and who was there. */
export class CallRecord {
  readonly timeline: Timeline
  readonly #clock: Clock
  readonly #onConnect: (attempt: ConnectAttempt) => void
  /** The latest session of each identity that left. */
  readonly #departed = new Map<string, PersonSnapshot>()
  #mostParticipants = 0

  constructor(clock: Clock, onConnect: (attempt: ConnectAttempt) => void) {
    this.#clock = clock
    this.#onConnect = onConnect
    this.timeline = new Timeline(() => clock.nowMs())
  }

  /** Those who left, as they were then; of many the latest. */
  get departed(): readonly PersonSnapshot[] {
    return [...this.#departed.values()]
  }

  /** The most people at once. */
  get mostParticipants(): number {
    return this.#mostParticipants
  }

  /** Somebody is the last of so many. */
  joined(participant: Participant, participants: number): void {
    // Of a room that only saw hidden ones, as our own tests are, nothing is kept: it would push out calls.
    if (!participant.permissions.hidden) {
      this.#mostParticipants = Math.max(this.#mostParticipants, participants)
    }
    this.timeline.add(participant, { type: 'joined' })
  }

  /** Somebody's media flows, for the first time or again. */
  mediaConnected(participant: Participant): void {
    const nowMs = this.#clock.nowMs()
    if (participant.mediaLostAtMs !== undefined) {
      const afterMs = nowMs - participant.mediaLostAtMs
      participant.mediaLostAtMs = undefined
      this.timeline.add(participant, { type: 'reconnected', what: 'media', afterMs })
    }
    if (participant.connectedAtMs !== undefined) return
    participant.connectedAtMs = nowMs
    this.#onConnect({ atMs: nowMs, afterMs: nowMs - participant.joinedAtMs, connected: true })
  }

  mediaLost(participant: Participant): void {
    if (participant.connectedAtMs === undefined || participant.mediaLostAtMs !== undefined) return
    participant.mediaLostAtMs = this.#clock.nowMs()
    this.timeline.add(participant, { type: 'disconnected', what: 'media' })
  }

  /** Somebody's signal connection is lost; their media may still flow. */
  signalLost(participant: Participant): void {
    participant.signalLostAtMs = this.#clock.nowMs()
    this.timeline.add(participant, { type: 'disconnected', what: 'signal' })
  }

  /** Somebody goes on with another signal connection, the one before lost or not. */
  signalBack(participant: Participant): void {
    const nowMs = this.#clock.nowMs()
    const afterMs = nowMs - (participant.signalLostAtMs ?? nowMs)
    participant.signalLostAtMs = undefined
    this.timeline.add(participant, { type: 'reconnected', what: 'signal', afterMs })
  }

  /** Somebody's media was found to travel so: the first time, or otherwise than before. */
  travels(participant: Participant, route: Route): void {
    const before = participant.path
    if (before !== undefined && isSame(before, route)) return
    participant.path = route
    if (before === undefined) {
      const { joinedAtMs, connectedAtMs = this.#clock.nowMs() } = participant
      this.timeline.add(participant, {
        type: 'connected',
        afterMs: connectedAtMs - joinedAtMs,
        route,
      })
    } else {
      this.timeline.add(participant, { type: 'path', route })
    }
  }

  /** Somebody leaves, who is told of as `person`. */
  left(participant: Participant, reason: DepartureReason, person: PersonSnapshot): void {
    const atMs = this.#clock.nowMs()
    const connected = participant.connectedAtMs !== undefined
    if (!connected) {
      this.#onConnect({ atMs, afterMs: atMs - participant.joinedAtMs, connected, reason })
    }
    this.#departed.delete(person.identity)
    this.#departed.set(person.identity, person)
    for (const identity of this.#departed.keys()) {
      if (this.#departed.size <= maxDeparted) break
      this.#departed.delete(identity)
    }
    this.timeline.add(participant, { type: 'left', reason, connected })
  }
}

function isSame(one: Route, other: Route): boolean {
  return (
    one.protocol === other.protocol &&
    one.remoteIp === other.remoteIp &&
    one.remotePort === other.remotePort
  )
}
