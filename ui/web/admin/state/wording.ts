import type { ParticipantStatus, TrackCounts, TrackKind } from '#api'

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
