import type { TurnDeniedPeer, TurnDetails, TurnDoor, TurnSelfTest } from '#api'

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
  if (failed.length === 0) return worksWords(results)
  const doors = listWords(failed.map(doorWord))
  if (failed.length === results.length) {
    return { tone: 'bad', word: 'Relay fails', text: 'The relay works over no transport.' }
  }
  return {
    tone: failed.includes('udp') ? 'bad' : 'warn',
    word:
      failed.length === 1 ? `Fails: ${doors}` : `${failed.length} of ${results.length} ways fail`,
    text: `The relay does not work over ${doors}. People whose networks allow nothing else cannot join calls.`,
  }
}

function worksWords(results: TurnSelfTest['results']): RelayVerdict {
  const word = 'Relay works'
  const doubtful = results.filter(({ problem }) => problem !== undefined)
  if (doubtful.length === 0)
    return { tone: 'ok', word, text: 'The relay works over every transport.' }
  const doors = listWords(doubtful.map(({ transport }) => doorWord(transport)))
  return { tone: 'ok', word, text: `The relay works, with a warning for ${doors}.` }
}

function listWords(words: readonly string[]): string {
  return new Intl.ListFormat('en').format(words)
}

const FEW = 3

/** `a, b and c`; of many only the first, and how many more there are. */
export function fewWords(words: readonly string[]): string {
  if (words.length <= FEW + 1) return listWords(words)
  return listWords([...words.slice(0, FEW), `${words.length - FEW} more`])
}

/** A way to the relay, in a word or two. */
export function doorWord(door: TurnDoor): string {
  return DOORS[door]
}

/** `UDP 3478, TCP 3478 and TLS 5349`; with its address where that is not every one of the machine. */
export function listeningDoors(listening: TurnDetails['listening']): string {
  const doors = listening.map(({ transport, address }) => {
    const at = address.replace(/^(0\.0\.0\.0|\[::\]):/, '')
    return `${transport.toUpperCase()} ${at}`
  })
  return listWords([...new Set(doors)])
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
  [400, 'The client sent what makes no sense.'],
  [401, 'The client has to log in.'],
  [
    403,
    'The relay does not go there: see the denied peers. The tries of the protected addresses count too.',
  ],
  [420, 'The client asked for something that is not offered here.'],
  [437, 'The client believes in an allocation that is not there, or not yet gone.'],
  [438, 'Normal: the client asks again with a new nonce.'],
  [440, 'This server has no relay addresses of that IP version.'],
  [441, 'The allocation belongs to somebody else.'],
  [442, 'Peers are not reached that way.'],
  [443, 'Client and peer are of different IP versions.'],
  [446, 'The client is connected to that peer already.'],
  [447, 'The peer does not answer.'],
  [486, 'A user or an address has all the allocations it may have: turn.limits.'],
  [500, 'A mistake of this server, which is in its log.'],
  [508, 'No port or place is left: turn.limits and the range of relay ports.'],
])

const WHYS: ReadonlyMap<string, string> = new Map([
  ['not signed', 'Normal: each client asks once without a password.'],
  [
    'wrong credentials',
    'The user name has expired, or the chat server has another secret than this one.',
  ],
])

/** What a refusal of the relay means for the operator; empty where the reason says it all. */
export function rejectionWords(code: number, why: string): string {
  return WHYS.get(why) ?? CODES.get(code) ?? ''
}

const DROPS: ReadonlyMap<string, string> = new Map([
  ['notTurn', 'Not a TURN message'],
  ['malformed', 'Malformed'],
  ['unexpected', 'A message that no client sends'],
  ['overBudget', 'Too many requests without a password from one address'],
  ['tooManyGuesses', 'Too many wrong passwords from one address'],
  ['noAllocation', 'From a client without an allocation'],
  ['noPermission', 'To or from a peer without a permission'],
  ['noChannel', 'On a channel that is not bound'],
  ['deniedPeer', 'To or from a denied peer'],
  ['overRate', 'More than the allowed bandwidth'],
])

/** Why the relay dropped packets, in words; a reason without words shows its name. */
export function dropWords(reason: string): string {
  return DROPS.get(reason) ?? reason
}
