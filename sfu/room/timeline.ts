import type { TransportStats } from '../media/media-plane.ts'
import type { DepartureReason } from './participant-door.ts'
import type { TrackSource } from './track.ts'

/** How somebody's media travels: the selected ICE pair, seen from here. */
export type Route = NonNullable<TransportStats['tuple']>

/** Somebody in a call, as the events name them. */
export type Person = Readonly<{ identity: string; name: string }>

/** What happened; times are milliseconds. `up` is from the person to us. */
export type CallHappening =
  | Readonly<{ type: 'joined' }>
  | Readonly<{ type: 'connected'; afterMs: number; route: Route }>
  | Readonly<{ type: 'path'; route: Route }>
  | Readonly<{ type: 'disconnected'; what: 'media' | 'signal' }>
  | Readonly<{ type: 'reconnected'; what: 'media' | 'signal'; afterMs: number }>
  | Readonly<{ type: 'published' | 'unpublished' | 'muted' | 'unmuted'; source: TrackSource }>
  | Readonly<{ type: 'loss'; way: 'up' | 'down'; burst: Burst }>
  | Readonly<{ type: 'freeze'; source: TrackSource; burst: Burst }>
  | Readonly<{ type: 'refused'; why: string }>
  | Readonly<{ type: 'left'; reason: DepartureReason; connected: boolean }>
  | Readonly<{ type: 'admin'; action: 'mute'; source: TrackSource }>
  | Readonly<{ type: 'admin'; action: 'remove' | 'end' }>
  | Readonly<{ type: 'ended'; reason: DepartureReason }>

/** The begin or the end of something bad; `percent` is of packets, at the end the most there was. */
export type Burst =
  | Readonly<{ state: 'begins'; percent?: number }>
  | Readonly<{ state: 'ends'; percent?: number; lastedMs: number }>

/** One line of a call's timeline. `who` is whom it happened to; `undefined`: the call. */
export type CallEvent = Readonly<{ atMs: number; who: Person | undefined }> & CallHappening

const maxEvents = 500
/** Who is refused tries again at once, and again. */
const refusedAgainMs = 30_000

/** What happened in a call, oldest first; of a long one the latest. */
export class Timeline {
  readonly #nowMs: () => number
  readonly #events: CallEvent[] = []

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  get events(): readonly CallEvent[] {
    return this.#events
  }

  add(who: Person | undefined, happening: CallHappening): void {
    const person = who && { identity: who.identity, name: who.name }
    this.#events.push({ atMs: this.#nowMs(), who: person, ...happening })
    if (this.#events.length > maxEvents) this.#events.shift()
  }

  /** Notes that somebody was kept out, or a track of theirs; the same again soon is one event. */
  refuse(who: Person, why: string): void {
    const sinceMs = this.#nowMs() - refusedAgainMs
    const again = this.#events.some(
      (event) =>
        event.type === 'refused' &&
        event.atMs > sinceMs &&
        event.why === why &&
        event.who?.identity === who.identity,
    )
    if (!again) this.add(who, { type: 'refused', why })
  }
}
