import { randomUUID } from 'node:crypto'
import type { TurnAllocation, TurnDeniedPeer, TurnDetails } from '#api'
import { type AllocationRow, type DeniedPeerRow, denialAdvice, type TurnEngine } from '#turn'
import type { TurnAdmin } from '#ui'
import type { RelayWatch } from '../health/relay-watch.ts'
import { hostInUrl, type IceAddress, stunUrls, turnDoors } from '../ice-urls.ts'
import type { LiveConfig } from '../reload.ts'
import { type CertificateLife, expiryWarning, GET_CERTIFICATE } from '../tls/certificate-words.ts'
import { type IssueCredentials, restCredentials } from './issue-credentials.ts'
import type { TurnRates } from './turn-rates.ts'
import type { TurnSecrets } from './turn-secrets.ts'

/** The user id of the appliance's own tries of its relay; nobody else can be given it. */
export const SELF_TEST_USER = `self-test-${randomUUID()}`

/** Enough to tell a secret from another, and no more. */
const HINT_LENGTH = 4

/** What the admin pages see the TURN server through. */
export type TurnAdminOptions = Readonly<{
  turn: TurnEngine
  rates: TurnRates
  watch: RelayWatch
  secrets: TurnSecrets
  issue: IssueCredentials
  apiKey: string
  live: LiveConfig
  ice: () => IceAddress
  /** Where others reach the pages and the API. */
  publicOrigin: string
  /** The certificate in use; `undefined` without one. */
  certificate: () => CertificateLife | undefined
  now?: () => number
}>

/** Shows the TURN server to the pages, and does what they ask. */
export function createTurnAdmin(options: TurnAdminOptions): TurnAdmin {
  const { turn, watch, secrets, issue, apiKey, ice, now = Date.now } = options
  return {
    details: () => gather(options),
    runSelfTest: () => watch.run(),
    disconnect: (id) => turn.disconnect(id),
    rotateSecret: () => secrets.rotate(),
    retireSecret: (id) => secrets.retire(id),
    revealSecret: () => secrets.current(),
    issueCredentials: ({ id, ttlSeconds }) => restCredentials(issue(id, ttlSeconds), ice(), now()),
    apiKey: () => apiKey,
  }
}

function gather(options: TurnAdminOptions): TurnDetails {
  const { turn, rates, watch, live, now = Date.now } = options
  const { turn: config } = live.current()
  const stats = turn.stats()
  return {
    atMs: now(),
    realm: config.realm || options.ice().host,
    listening: turn.listening().map(({ transport, ...at }) => ({ transport, address: textOf(at) })),
    workers: { count: stats.workers.running, restarts: stats.workers.restarts },
    policy: {
      mode: config.peer_policy,
      allowedPeers: config.allowed_peers,
      deniedPeers: config.denied_peers,
    },
    selfTest: watch.latest(),
    probe: watch.probe(),
    allocations: turn.allocations().map((row) => allocation(row, rates)),
    deniedPeers: turn.deniedPeers().map(deniedPeer),
    rejections: stats.rejections,
    drops: Object.entries(stats.dropsByReason).map(([reason, count]) => ({ reason, count })),
    secrets: describeSecrets(options.secrets),
    urls: describeUrls(options),
  }
}

function allocation(row: AllocationRow, rates: TurnRates): TurnAllocation {
  const { id, userId, client, relayed, createdAtMs, expiresAtMs } = row
  const rate = rates.of(id)
  return {
    id,
    userId,
    clientAddress: textOf(client.client),
    transport: client.transport,
    relayed: relayed.map(textOf),
    createdAtMs,
    expiresAtMs,
    fromClient: { ...row.fromClient, bitsPerSecond: rate.fromClient },
    toClient: { ...row.toClient, bitsPerSecond: rate.toClient },
  }
}

function deniedPeer(row: DeniedPeerRow): TurnDeniedPeer {
  const { ip, port, reason, by, userId, count, lastAtMs } = row
  // A permission is for an IP alone (RFC 8656 §9).
  const address = port === 0 ? ip : textOf({ ip, port })
  return { address, reason, advice: denialAdvice(row), by, userId, count, lastAtMs }
}

function describeSecrets(secrets: TurnSecrets): TurnDetails['secrets'] {
  return {
    origin: secrets.origin(),
    current: { hint: hintOf(secrets.current()) },
    previous: secrets.previous().map(({ secret, ...row }) => ({ ...row, hint: hintOf(secret) })),
  }
}

function describeUrls(options: TurnAdminOptions): TurnDetails['urls'] {
  const { certificate, publicOrigin, now = Date.now } = options
  const ice = options.ice()
  const [stun = ''] = stunUrls(ice)
  return {
    stun,
    turn: turnDoors(ice),
    tlsProblem: tlsProblem(certificate(), now()),
    rest: `${publicOrigin}/api/turn`,
  }
}

function tlsProblem(life: CertificateLife | undefined, nowMs: number): string | undefined {
  if (life === undefined)
    return 'There is no certificate here (web.tls.mode `off`), so no TURN over TLS. Let the proxy pass TLS on to turn.port.'
  const expiry = expiryWarning(life, nowMs)
  if (expiry?.expired) return `${expiry.message} Clients refuse it. ${expiry.fix}`
  if (life.source !== 'self-signed') return undefined
  return `The certificate is self-signed: browsers refuse TURN over TLS without a word. ${GET_CERTIFICATE}`
}

function hintOf(secret: string): string {
  return `${secret.slice(0, HINT_LENGTH)}…`
}

function textOf({ ip, port }: Readonly<{ ip: string; port: number }>): string {
  return `${hostInUrl(ip)}:${port}`
}
