import type { MediaPath } from './model.ts'

/** The fields of WebRTC statistics that tell the path (W3C webrtc-stats, candidate and candidate-pair). */
export type StatsEntry = Readonly<{
  id: string
  type: string
  selectedCandidatePairId?: string
  selected?: boolean
  nominated?: boolean
  state?: string
  localCandidateId?: string
  remoteCandidateId?: string
  currentRoundTripTime?: number
  candidateType?: string
  protocol?: string
  relayProtocol?: string
  address?: string
  ip?: string
  port?: number
}>

/** Finds how media travels in one connection's statistics. `undefined` until a pair is selected. */
export function mediaPathOf(stats: readonly StatsEntry[]): MediaPath | undefined {
  const pair = selectedPair(stats)
  const local = stats.find((entry) => entry.id === pair?.localCandidateId)
  const remote = stats.find((entry) => entry.id === pair?.remoteCandidateId)
  if (pair === undefined || local === undefined || remote === undefined) return undefined
  const roundTrip = pair.currentRoundTripTime
  return {
    kind: kindOf(local),
    local: endpoint(local),
    remote: endpoint(remote),
    roundTripMs: roundTrip === undefined ? undefined : Math.round(roundTrip * 1000),
  }
}

/** Chromium and Safari name the pair in `transport`; Firefox marks it `selected`. */
function selectedPair(stats: readonly StatsEntry[]): StatsEntry | undefined {
  const named = stats.find((entry) => entry.type === 'transport')?.selectedCandidatePairId
  const pairs = stats.filter((entry) => entry.type === 'candidate-pair')
  return (
    pairs.find((pair) => named !== undefined && pair.id === named) ??
    pairs.find((pair) => pair.selected === true) ??
    pairs.find((pair) => pair.nominated === true && pair.state === 'succeeded')
  )
}

function kindOf(local: StatsEntry): MediaPath['kind'] {
  if (local.candidateType !== 'relay') return local.protocol === 'tcp' ? 'tcp' : 'udp'
  if (local.relayProtocol === 'tls') return 'turn-tls'
  return local.relayProtocol === 'tcp' ? 'turn-tcp' : 'turn-udp'
}

function endpoint(candidate: StatsEntry): string {
  const address = candidate.address ?? candidate.ip ?? ''
  const { port } = candidate
  if (address === '') return `hidden by the browser${port === undefined ? '' : `, port ${port}`}`
  const shown = address.includes(':') ? `[${address}]` : address
  return port === undefined ? shown : `${shown}:${port}`
}

/** Names a path in plain words. */
export function describePath(kind: MediaPath['kind']): string {
  const words: Record<MediaPath['kind'], string> = {
    udp: 'Direct over UDP',
    tcp: 'Direct over TCP',
    'turn-udp': 'Relayed through TURN over UDP',
    'turn-tcp': 'Relayed through TURN over TCP',
    'turn-tls': 'Relayed through TURN over TLS',
  }
  return words[kind]
}

/** What a path means for the person using it. */
export function explainPath(kind: MediaPath['kind']): string {
  if (kind === 'udp') return 'The best there is: lowest delay.'
  if (kind === 'tcp')
    return 'Your network blocks UDP. Calls work; losses are heard as short stalls.'
  const relay = 'Your network lets you reach the server only through its relay.'
  return kind === 'turn-udp' ? relay : `${relay} Losses are heard as short stalls.`
}
