import t from 'tap'
import type { AllocationRow, TurnEngine } from '#turn'
import { loadConfig } from '../config/load.ts'
import { createSecretsFile } from '../data-dir.ts'
import type { RelayWatch } from '../health/relay-watch.ts'
import { credentialsIssuer, MAX_LIFETIME_SECONDS } from './issue-credentials.ts'
import { createTurnAdmin } from './turn-admin.ts'
import { createTurnRates } from './turn-rates.ts'
import { createTurnSecrets } from './turn-secrets.ts'

const ipv4 = (port: number) => ({ family: 4 as const, ip: '192.0.2.1', port })
const ipv6 = (port: number) => ({ family: 6 as const, ip: '2001:db8::1', port })

function row(fromClientBytes: number): AllocationRow {
  return {
    id: 'w1-7',
    userId: 'anna',
    client: { transport: 'tls', client: ipv6(4000), server: ipv6(5349) },
    relayed: [ipv4(50_000), ipv6(50_000)],
    createdAtMs: 1000,
    expiresAtMs: 601_000,
    fromClient: { packets: 10, bytes: fromClientBytes },
    toClient: { packets: 0, bytes: 0 },
  }
}

const denied = {
  ip: '172.17.0.2',
  reason: 'special-use: private 172.16.0.0/12',
  count: 3,
  firstAtMs: 1,
  lastAtMs: 2,
}

async function adminOn(env: NodeJS.ProcessEnv = {}) {
  const { config } = await loadConfig({ env, defaultFile: '/nowhere/config.yaml' })
  const rows = [row(1000)]
  const turn = {
    allocations: () => rows,
    stats: () => ({
      workers: { running: 2, restarts: 1 },
      rejections: [{ code: 401, why: 'not signed', count: 9 }],
      dropsByReason: { 'no permission': 4 },
    }),
    listening: () => [{ transport: 'tls', ip: '::', port: 5349 }],
    deniedPeers: () => [
      { ...denied, port: 0, by: 'permission', userId: 'anna' },
      { ...denied, port: 8443, by: 'channel', userId: 'ben' },
    ],
  } as unknown as TurnEngine
  const secrets = createTurnSecrets({
    config,
    file: createSecretsFile(
      {
        turnStaticAuthSecret: 'secret-of-the-first-start',
        turnPreviousSecrets: [{ secret: 'secret-of-long-ago', retiredAtMs: 7 }],
        livekitPreviousKeys: [],
        turnApiKey: 'k'.repeat(43),
        livekit: { key: 'key', secret: 's'.repeat(43) },
        adminApiToken: 'a'.repeat(43),
      },
      async () => undefined,
    ),
  })
  const now = () => 2_000_000
  const rates = createTurnRates(turn)
  const admin = createTurnAdmin({
    turn,
    rates,
    watch: {
      latest: () => ({ atMs: 5, running: false, results: [] }),
      probe: () => ({ atMs: undefined, rows: [] }),
    } as unknown as RelayWatch,
    secrets,
    issue: credentialsIssuer(secrets, () => 3600, now),
    apiKey: 'key-of-the-api',
    live: { current: () => config, reload: () => Promise.resolve() },
    ice: () => ({
      host: 'calls.example.org',
      port: 3478,
      tlsPort: 5349,
      webPort: 443,
      tlsTrusted: true,
    }),
    publicOrigin: 'https://calls.example.org',
    certificate: () =>
      config.web.tls.mode === 'off'
        ? undefined
        : { source: 'self-signed', validFromMs: 0, validUntilMs: 30 * 86_400_000 },
    now,
  })
  return { admin, rates, rows }
}

t.test('shows who relays, from where, and how fast', async (t) => {
  const { admin, rates, rows } = await adminOn()
  rates.sample(1000)
  rows[0] = row(3000)
  rates.sample(3000)
  t.match(admin.details().allocations, [
    {
      id: 'w1-7',
      clientAddress: '[2001:db8::1]:4000',
      transport: 'tls',
      relayed: ['192.0.2.1:50000', '[2001:db8::1]:50000'],
      fromClient: { packets: 10, bytes: 3000, bitsPerSecond: 8000 },
      toClient: { bitsPerSecond: 0 },
    },
  ])
  t.match(admin.details(), {
    realm: 'calls.example.org',
    listening: [{ transport: 'tls', address: '[::]:5349' }],
    workers: { count: 2, restarts: 1 },
    policy: { mode: 'open' },
    drops: [{ reason: 'no permission', count: 4 }],
  })
})

t.test('explains refused peers', async (t) => {
  const { admin } = await adminOn()
  t.match(admin.details().deniedPeers, [
    { address: '172.17.0.2', by: 'permission', advice: /Docker/ },
    { address: '172.17.0.2:8443', by: 'channel', userId: 'ben' },
  ])
})

t.test('tells secrets apart without telling them', async (t) => {
  const { admin } = await adminOn()
  t.match(admin.details().secrets, {
    origin: 'generated',
    current: { hint: 'secr…' },
    previous: [{ hint: 'secr…', origin: 'generated', retiredAtMs: 7 }],
  })
  t.notMatch(JSON.stringify(admin.details()), /of-the-first-start|of-long-ago/)
  t.equal(admin.revealSecret(), 'secret-of-the-first-start')
})

t.test('gives chat servers credentials with every URL that works', async (t) => {
  const { admin } = await adminOn()
  const given = admin.issueCredentials({ id: 'anna' })
  t.match(given, {
    username: '5600:anna',
    ttl: 3600,
    uris: [
      'turn:calls.example.org:3478?transport=udp',
      'turn:calls.example.org:3478?transport=tcp',
      'turns:calls.example.org:5349?transport=tcp',
      'turns:calls.example.org:443?transport=tcp',
    ],
  })
  t.equal(admin.issueCredentials({ id: 'anna', ttlSeconds: 60 }).ttl, 60)
  const long = admin.issueCredentials({ id: 'anna', ttlSeconds: 10 * MAX_LIFETIME_SECONDS })
  t.equal(long.ttl, MAX_LIFETIME_SECONDS, 'the relay believes no longer ones')
})

t.test('lists all doors, and says why browsers refuse those over TLS', async (t) => {
  const { admin } = await adminOn()
  const { urls } = admin.details()
  t.equal(urls.stun, 'stun:calls.example.org:3478')
  t.same(
    urls.turn.map(({ transport }) => transport),
    ['udp', 'tcp', 'tls', 'tls-web'],
  )
  t.match(urls.tlsProblem, /self-signed/)
  t.equal(urls.rest, 'https://calls.example.org/api/turn')
  const off = await adminOn({ CALLBOX_WEB__TLS__MODE: 'off' })
  t.match(off.admin.details().urls.tlsProblem, /no certificate/)
})
