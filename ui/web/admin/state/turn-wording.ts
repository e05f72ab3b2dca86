import type { TurnDeniedPeer, TurnDoor, TurnSelfTest } from '#api'

const DOORS: Readonly<Record<TurnDoor, string>> = {
  udp: 'UDP',
  tcp: 'TCP',
  tls: 'TLS',
  'tls-web': 'TLS on the web port',
}

/** The relay in a word, for a badge; `text` says it in a sentence. */
export type RelayVerdict = Readonly<{
  tone: 'ok' | 'warn' | 'bad' | 'unknown'
  word: string
  text: string
}>

/** What the self-test means: without UDP calls suffer, without another door some people cannot join. */
export function relayVerdict({ atMs, running, results }: TurnSelfTest): RelayVerdict {
  const failed = results.filter(({ ok }) => !ok).map(({ transport }) => transport)
  if (results.length === 0) {
    const text = running ? 'The first self-test runs.' : 'The relay has not been tested yet.'
    return { tone: 'unknown', word: atMs === undefined ? 'Not tested yet' : 'Untested', text }
  }
  if (failed.length === 0) {
    return { tone: 'ok', word: 'Relay works', text: 'The relay works over every transport.' }
  }
  const doors = failed.map(doorWord).join(', ')
  if (failed.length === results.length) {
    return { tone: 'bad', word: 'Relay fails', text: 'The relay works over no transport.' }
  }
  return {
    tone: failed.includes('udp') ? 'bad' : 'warn',
    word: `Fails: ${doors}`,
    text: `The relay does not work over ${doors}. People who need it cannot join calls.`,
  }
}

/** A way to the relay, in a word or two. */
export function doorWord(door: TurnDoor): string {
  return DOORS[door]
}

/** `0.4 ms`, `12 ms`. */
export function formatRoundTrip(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 9.95 ? 1 : 0)} ms`
}

const ASKED_BY: Readonly<Record<TurnDeniedPeer['by'], string>> = {
  permission: 'a client asked to talk to it',
  channel: 'a client asked for a channel to it',
  send: 'a client sent it a packet',
  connect: 'a client asked for a TCP connection to it',
  inbound: 'it sent a packet to a client',
}

/** What made the relay refuse a peer. */
export function askedByWords(by: TurnDeniedPeer['by']): string {
  return ASKED_BY[by]
}

const CODES: ReadonlyMap<number, string> = new Map([
  [300, 'Sent to another server'],
  [400, 'Malformed request'],
  [401, 'Asked to log in. Each client is, once; many more than clients means wrong passwords'],
  [403, 'Peer not allowed. See the denied peers'],
  [420, 'Asked for something this server does not offer'],
  [437, 'Does not fit the allocation, which ended or is already there'],
  [438, 'Nonce too old. Clients then try again with a new one'],
  [440, 'Address family not available here'],
  [441, 'Another user owns the allocation'],
  [442, 'Transport not offered to peers'],
  [443, 'Peer of another address family'],
  [446, 'Already connected to that peer'],
  [447, 'No connection to the peer'],
  [486, 'Quota reached, of a user or an address'],
  [500, 'Mistake of this server. Its log has it'],
  [508, 'Server full: no port or place left'],
])

/** What an error response of the relay means, in words. */
export function rejectionWords(code: number): string {
  return CODES.get(code) ?? 'Refused'
}

/** `unknownChannel` as `unknown channel`, for reasons that are names in the code. */
export function plainWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .toLowerCase()
}
