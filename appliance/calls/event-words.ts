import type { CallEvent as CallLine, MediaPath } from '#api'
import type { CallEvent } from '#sfu'
import type { Travel, Travels } from './travels.ts'

type Happening<T extends CallEvent['type']> = CallEvent & Readonly<{ type: T }>
type Reason = Happening<'left'>['reason']
type Source = Happening<'muted'>['source']

const sources: Readonly<Record<Source, string>> = {
  microphone: 'microphone',
  camera: 'camera',
  screen_share: 'screen',
  screen_share_audio: 'sound of the screen',
  other: 'track',
}

const paths: Readonly<Record<MediaPath, string>> = {
  udp: 'straight over UDP',
  tcp: 'straight over TCP',
  'turn-udp': 'through TURN over UDP',
  'turn-tcp': 'through TURN over TCP',
  'turn-tls': 'through TURN over TLS',
}

const departures: Readonly<Record<Reason, string>> = {
  clientLeft: 'Left.',
  duplicateIdentity: 'The same person joined from somewhere else.',
  serverShutdown: 'The server stopped.',
  removed: 'Removed by an admin.',
  roomDeleted: 'An admin ended the call.',
  roomClosed: 'The call was closed.',
  stateMismatch: 'Out of step with the server: the page joins anew by itself.',
  joinFailure: 'No media came through.',
  connectionTimeout: 'The connection timed out.',
  mediaFailure: 'The media worker stopped: the page joins anew by itself.',
  signalClosed: 'The connection to the server was lost and did not come back.',
}

/** A call's events in words, for people; a change of the path that nobody would notice is left out. */
export function wordEvents(events: readonly CallEvent[], travels: Travels): CallLine[] {
  const before = new Map<string, Travel>()
  const lines: CallLine[] = []
  for (const event of events) {
    const travel = 'route' in event ? travels.of(event.route) : undefined
    const identity = event.who?.identity ?? ''
    const text =
      event.type === 'path' ? pathChange(before.get(identity), travel) : textOf(event, travel)
    if (travel) before.set(identity, travel)
    if (text) lines.push({ atMs: event.atMs, type: event.type, who: event.who, text })
  }
  return lines
}

function pathChange(before: Travel | undefined, after: Travel | undefined): string | undefined {
  if (after === undefined) return undefined
  if (before?.path !== after.path) return `Media goes ${paths[after.path]} now.`
  if (before.address === after.address) return undefined
  return `Came to another address; media still goes ${paths[after.path]}.`
}

type Other = Exclude<CallEvent, { type: 'path' }>

function textOf(event: Other, travel: Travel | undefined): string {
  switch (event.type) {
    case 'joined':
      return 'Joined.'
    case 'connected':
      return `Media flowed after ${seconds(event.afterMs)}${travel ? `, ${paths[travel.path]}` : ''}.`
    case 'disconnected':
    case 'reconnected':
      return connectionText(event)
    case 'published':
    case 'unpublished':
    case 'muted':
    case 'unmuted':
      return trackText(event)
    case 'loss':
    case 'freeze':
      return troubleText(event)
    case 'refused':
      return `Refused: ${event.why}.`
    case 'left':
      return event.reason === 'clientLeft' && !event.connected
        ? 'Left before any media flowed.'
        : departures[event.reason]
    case 'admin':
      return adminText(event)
    case 'ended':
      return event.reason === 'roomClosed'
        ? 'The call ended, as everybody had left.'
        : `The call ended. ${departures[event.reason]}`
  }
}

function connectionText(event: Happening<'disconnected' | 'reconnected'>): string {
  const what = event.what === 'media' ? 'media connection' : 'connection to the server'
  if (event.type === 'disconnected') return `The ${what} was lost.`
  return event.afterMs > 0
    ? `The ${what} came back after ${seconds(event.afterMs)}.`
    : `The ${what} was made anew.`
}

function trackText({ type, source }: Happening<'published' | 'unpublished' | 'muted' | 'unmuted'>) {
  const did = { published: 'Started', unpublished: 'Stopped', muted: 'Muted', unmuted: 'Unmuted' }
  return `${did[type]} the ${sources[source]}.`
}

function troubleText(event: Happening<'loss' | 'freeze'>): string {
  const { burst } = event
  if (event.type === 'freeze') {
    const what = `The picture of the ${sources[event.source]}`
    return burst.state === 'begins'
      ? `${what} stands still: nothing arrives.`
      : `${what} moves again, after ${seconds(burst.lastedMs)}.`
  }
  const way = event.way === 'up' ? 'from them to us' : 'from us to them'
  const percent = `${(burst.percent ?? 0).toFixed(0)} %`
  return burst.state === 'begins'
    ? `Packets are lost ${way}: ${percent}.`
    : `The loss ${way} ended after ${seconds(burst.lastedMs)}; it was up to ${percent}.`
}

function adminText(event: Happening<'admin'>): string {
  if (event.action === 'mute') return `An admin muted the ${sources[event.source]}.`
  return event.action === 'remove'
    ? 'An admin removed them from the call.'
    : 'An admin ended the call.'
}

function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  return `${Math.round(ms / 60_000)} min`
}
