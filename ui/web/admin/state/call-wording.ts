import type {
  CallDetails,
  CallEvent,
  CallEventType,
  CallMember,
  CallTrack,
  LinkQuality,
} from '#api'
import { formatBitRate, formatCount, formatPercent } from './format.ts'
import { wordOf } from './wording.ts'

/** A figure as it is read, and whether it is high enough to be heard or seen. */
export type Figure = Readonly<{ text: string; isHigh: boolean }>

/** From here on a figure is marked. */
const HIGH = { lossPercent: 3, jitterMs: 30, rttMs: 300 }
/** Stands where nothing is measured. */
const NOTHING: Figure = { text: '–', isHigh: false }

/** The figures of one way, in words. */
export function linkFigures({ bitsPerSecond, lossPercent, jitterMs, rttMs }: LinkQuality) {
  const ms = (value: number | undefined, high: number): Figure =>
    value === undefined ? NOTHING : { text: `${Math.round(value)} ms`, isHigh: value >= high }
  return {
    rate: { text: formatBitRate(bitsPerSecond), isHigh: false },
    loss:
      lossPercent === undefined
        ? NOTHING
        : { text: formatPercent(lossPercent), isHigh: lossPercent >= HIGH.lossPercent },
    jitter: ms(jitterMs, HIGH.jitterMs),
    rtt: ms(rttMs, HIGH.rttMs),
  }
}

/** `Screen, VP8`, `Microphone (muted), opus`. */
export function trackWords({ kind, muted, codec }: CallTrack): string {
  return `${wordOf(kind)}${muted ? ' (muted)' : ''}${codec === undefined ? '' : `, ${codec}`}`
}

/** `2 times, 8 s`; empty while it never stood still. */
export function freezeWords({
  freezes,
  frozenSeconds,
}: Pick<CallTrack, 'freezes' | 'frozenSeconds'>): string {
  if (freezes === 0) return ''
  return `${formatCount(freezes, 'time', 'times')}, ${Math.round(frozenSeconds)} s`
}

/** mediasoup's score, of ten. */
export function scoreWords(score: number | undefined): Figure {
  return score === undefined ? NOTHING : { text: `${score} of 10`, isHigh: score < 5 }
}

/** The name that people know somebody by. */
export function nameOf({ name, identity }: Pick<CallMember, 'name' | 'identity'>): string {
  return name || identity
}

const EVENT_WORDS: Readonly<Record<CallEventType, string>> = {
  joined: 'Joined',
  connected: 'Connected',
  path: 'Path',
  disconnected: 'Interrupted',
  reconnected: 'Back',
  published: 'Sends',
  unpublished: 'Stopped',
  muted: 'Muted',
  unmuted: 'Unmuted',
  loss: 'Loss',
  freeze: 'Freeze',
  refused: 'Refused',
  left: 'Left',
  admin: 'Admin',
  ended: 'Ended',
}

/** The kind of an event in a word, and whether it is bad news. */
export function eventWords(type: CallEventType): Readonly<{ word: string; tone: string }> {
  const isBad = ['disconnected', 'loss', 'freeze', 'refused'].includes(type)
  return { word: EVENT_WORDS[type], tone: isBad ? 'warn' : '' }
}

/** The events of one person, or all where `identity` is empty; the latest first. */
export function eventsOf(events: readonly CallEvent[], identity: string): readonly CallEvent[] {
  const fitting = identity === '' ? events : events.filter(({ who }) => who?.identity === identity)
  return fitting.toReversed()
}

/** Everybody who occurs in a call or its events, by name. */
export function peopleOf({ participants, events }: CallDetails) {
  const people = new Map<string, string>()
  for (const { who } of events) if (who) people.set(who.identity, nameOf(who))
  for (const person of participants) people.set(person.identity, nameOf(person))
  return [...people]
    .map(([identity, name]) => ({ identity, name }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}
