import type { ConsumerMedia, LinkStats, ProducerStats } from '../media/media-plane.ts'
import { combineLinks, type Link, type LinkOfTrack, noLink } from './link.ts'
import { LossBurst } from './loss-burst.ts'
import type { Participant } from './participant.ts'
import { RecentWorst } from './recent-worst.ts'
import { Stillness } from './stillness.ts'
import type { Timeline } from './timeline.ts'
import type { Track } from './track.ts'

/** Both directions of somebody's media; `up` is from them to us. */
export type PersonLinks = Readonly<{ up: Link; down: Link }>

type OfPerson = {
  up: Link
  down: Link
  readonly bursts: Readonly<Record<'up' | 'down', LossBurst>>
}

/** Browsers report of sound every 5 s, and of as long; so what was lost then is up to twice as old, and the question a little. */
const REPORTED_WITHIN_MS = 12_000

/** What was last measured in a room, and what the timeline is told of it. */
export class RoomFigures {
  readonly #timeline: Timeline
  readonly #tracks = new WeakMap<Track, ProducerStats>()
  readonly #stillness = new WeakMap<Track, Stillness>()
  /** What is lost of a track on its way to us, percent. */
  readonly #lostBefore = new WeakMap<Track, RecentWorst>()
  readonly #consumers = new WeakMap<ConsumerMedia, LinkStats>()
  readonly #people = new WeakMap<Participant, OfPerson>()

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  /** How a track arrives; `undefined` until measured. */
  ofTrack(track: Track): ProducerStats | undefined {
    return this.#tracks.get(track)
  }

  /** How often a track stood still. */
  stillnessOf(track: Track): Stillness {
    return entryOf(this.#stillness, track, () => new Stillness())
  }

  ofConsumer(consumer: ConsumerMedia): LinkStats | undefined {
    return this.#consumers.get(consumer)
  }

  ofPerson(participant: Participant): PersonLinks {
    return this.#of(participant)
  }

  /** Takes how a track arrives, which is not muted. */
  takeTrack(track: Track, stats: ProducerStats, nowMs: number): void {
    this.#lostBeforeOf(track).add(stats.lossPercent ?? 0, nowMs)
    this.#tracks.set(track, stats)
    if (track.description.kind === 'video') {
      const burst = this.stillnessOf(track).measure(stats.bytes, nowMs)
      if (burst) this.#tellFreeze(track, burst)
    }
    this.#judgeUp(track.participant, nowMs)
  }

  /**
   * Takes what a receiver reports of a track on its way. What was lost before it came to us is missing
   * there too, and is not theirs. The times differ and chance is uneven, so the worst of late counts: better to
   * miss a little of somebody's own loss than to blame them for a speaker's.
   */
  takeConsumer(receiver: Participant, consumer: ConsumerMedia, taken: Taken): void {
    const { stats, track, nowMs } = taken
    const lossPercent = lossBeyond(stats.lossPercent, this.#lostBeforeOf(track).at(nowMs))
    this.#consumers.set(consumer, { ...stats, lossPercent })
    this.#judgeDown(receiver, nowMs)
  }

  /** Judges anew what somebody sends and receives: tracks end and fall silent without a measurement. */
  refresh(participant: Participant, nowMs: number): void {
    this.#judgeUp(participant, nowMs)
    this.#judgeDown(participant, nowMs)
  }

  /** Forgets how a track travelled that is muted: it stands still now, and should. */
  trackMuted(track: Track, receivers: Iterable<Participant>, nowMs: number): void {
    this.#tracks.delete(track)
    const burst = this.stillnessOf(track).restart(nowMs)
    if (burst) this.#tellFreeze(track, burst)
    for (const receiver of receivers) {
      const consumer = receiver.consumers.get(track.sid)
      if (consumer) this.#consumers.delete(consumer)
    }
  }

  /** Counts from an unmuted track's first picture on. */
  trackUnmuted(track: Track, nowMs: number): void {
    this.stillnessOf(track).restart(nowMs)
  }

  #lostBeforeOf(track: Track): RecentWorst {
    return entryOf(this.#lostBefore, track, () => new RecentWorst(REPORTED_WITHIN_MS))
  }

  #tellFreeze(track: Track, burst: NonNullable<ReturnType<Stillness['measure']>>): void {
    const { source } = track.description
    this.#timeline.add(track.participant, { type: 'freeze', source, burst })
  }

  #judgeUp(participant: Participant, nowMs: number): void {
    const flowing = participant.publishedTracks().filter(({ muted }) => !muted)
    const links = flowing.map((one) => linkOf(one.description, this.#tracks.get(one)))
    this.#judge(participant, 'up', { links, nowMs })
  }

  #judgeDown(participant: Participant, nowMs: number): void {
    const flowing = [...participant.consumers.values()].filter(({ paused }) => !paused)
    const links = flowing.map((one) => linkOf(one, this.#consumers.get(one)))
    this.#judge(participant, 'down', { links, nowMs })
  }

  #judge(
    participant: Participant,
    way: 'up' | 'down',
    { links, nowMs }: Readonly<{ links: readonly LinkOfTrack[]; nowMs: number }>,
  ): void {
    const person = this.#of(participant)
    const link = combineLinks(links)
    person[way] = link
    const burst = person.bursts[way].measure(link.lossPercent, nowMs)
    if (burst) this.#timeline.add(participant, { type: 'loss', way, burst })
  }

  #of(participant: Participant): OfPerson {
    return entryOf(this.#people, participant, () => ({
      up: noLink,
      down: noLink,
      bursts: { up: new LossBurst(), down: new LossBurst() },
    }))
  }
}

/** What was measured, of which track, and when. */
export type Taken = Readonly<{ track: Track; stats: LinkStats; nowMs: number }>

/** What is lost on the second of two ways in a row, percent; both lose independently. */
function lossBeyond(together: number | undefined, before: number): number | undefined {
  if (together === undefined || before <= 0) return together
  if (before >= 100) return 0
  return Math.max(0, 100 * (1 - (100 - together) / (100 - before)))
}

function linkOf({ kind }: Pick<LinkOfTrack, 'kind'>, link: Link = noLink): LinkOfTrack {
  return { kind, link }
}

function entryOf<K extends object, V>(map: WeakMap<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const entry = create()
  map.set(key, entry)
  return entry
}
