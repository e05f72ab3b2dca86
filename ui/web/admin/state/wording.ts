import type {
  AddressStatus,
  MediaPath,
  ParticipantStatus,
  TrackCounts,
  TrackKind,
  Verdict,
} from '#api'

const TRACK_KINDS: readonly Readonly<{ kind: TrackKind; word: string }>[] = [
  { kind: 'microphone', word: 'Microphone' },
  { kind: 'screen_share', word: 'Screen' },
  { kind: 'screen_share_audio', word: 'Screen sound' },
  { kind: 'camera', word: 'Camera' },
  { kind: 'other', word: 'Other' },
]

const PATHS: Readonly<Record<NonNullable<ParticipantStatus['path']>, string>> = {
  udp: 'Direct, UDP',
  tcp: 'Direct, TCP',
  'turn-udp': 'Relayed, TURN over UDP',
  'turn-tcp': 'Relayed, TURN over TCP',
  'turn-tls': 'Relayed, TURN over TLS',
}

/** How a participant's media travels, in words. */
export function pathWords(path: ParticipantStatus['path']): string {
  return path === undefined ? 'Not connected yet' : PATHS[path]
}

/** What a participant sends: `Microphone (muted), Screen`. */
export function tracksWords(tracks: ParticipantStatus['tracks']): string {
  if (tracks.length === 0) return 'Nothing, only listens'
  return tracks.map(({ kind, muted }) => wordOf(kind) + (muted ? ' (muted)' : '')).join(', ')
}

/** The sum over all kinds. */
export function totalTracks(counts: TrackCounts): number {
  return TRACK_KINDS.reduce((sum, { kind }) => sum + counts[kind], 0)
}

/** `3 microphone, 1 screen`; empty without any. */
export function trackCountWords(counts: TrackCounts): string {
  return TRACK_KINDS.filter(({ kind }) => counts[kind] > 0)
    .map(({ kind, word }) => `${counts[kind]} ${word.toLowerCase()}`)
    .join(', ')
}

/** The word for a kind of track. */
export function wordOf(kind: TrackKind): string {
  return TRACK_KINDS.find((each) => each.kind === kind)?.word ?? kind
}

/** How well a person is connected: a word, an icon and a tone that say the same. */
export type QualityWords = Readonly<{
  word: string
  tone: 'ok' | 'warn' | 'bad' | 'unknown'
  icon: 'signal3' | 'signal2' | 'signal1' | 'signal0'
}>

const QUALITIES: Readonly<Record<NonNullable<ParticipantStatus['quality']>, QualityWords>> = {
  excellent: { word: 'Excellent', tone: 'ok', icon: 'signal3' },
  good: { word: 'Good', tone: 'ok', icon: 'signal2' },
  poor: { word: 'Poor', tone: 'warn', icon: 'signal1' },
  lost: { word: 'Lost', tone: 'bad', icon: 'signal0' },
}

/** The words for a quality, also where it is not measured yet. */
export function qualityWords(quality: ParticipantStatus['quality']): QualityWords {
  if (quality === undefined) return { word: 'Not measured', tone: 'unknown', icon: 'signal0' }
  return QUALITIES[quality]
}

/** A finding’s weight in a word. */
export function levelWord(level: Verdict['level']): string {
  return { bad: 'Broken', warn: 'Warning', note: 'Note' }[level]
}

/** Whether somebody is badly served at present. */
export function isUnhappy({ quality }: Pick<ParticipantStatus, 'quality'>): boolean {
  return quality === 'poor' || quality === 'lost'
}

/** What is said while there is no call; only an admin can make a join link. */
export function noCallWords(isAdmin: boolean): string {
  return isAdmin ? 'No call is running. Create a join link to start one.' : 'No call is running.'
}

/** The paths in the order of what one wishes for. */
export const PATH_ORDER: readonly MediaPath[] = ['udp', 'tcp', 'turn-udp', 'turn-tcp', 'turn-tls']

const SHORT_PATHS: Readonly<Record<MediaPath, string>> = {
  udp: 'UDP',
  tcp: 'TCP',
  'turn-udp': 'TURN-UDP',
  'turn-tcp': 'TURN-TCP',
  'turn-tls': 'TURN-TLS',
}

/** A path in a word. */
export function shortPath(path: MediaPath): string {
  return SHORT_PATHS[path]
}

const ADDRESS_SOURCES: Readonly<Record<AddressStatus['how'], string>> = {
  configured: 'set in the configuration',
  stun: 'found by STUN',
  interface: 'a network card has it',
  loopback: 'only this machine reaches it',
}

/** How the public address is known, and whether a router stands before it. */
export function addressWords({ how, isLocal }: AddressStatus): string {
  return ADDRESS_SOURCES[how] + (isLocal ? '' : ', translated by a router')
}
