import type { TurnAllocation, TurnDetails } from '#api'
import type { TurnAdmin } from '../deps.ts'

/** The facts of a relay that has just started: nobody uses it, all doors work. */
export function quietTurn(atMs: number): TurnDetails {
  const door = (transport: 'udp' | 'tcp' | 'tls' | 'tls-web', port: number, rttMs: number) => ({
    test: { transport, ok: true, rttMs, problem: undefined, fix: undefined },
    url: {
      transport,
      host: 'calls.example.org',
      port,
      url: `${port === 3478 ? 'turn' : 'turns'}:calls.example.org:${port}?transport=${transport === 'udp' ? 'udp' : 'tcp'}`,
    },
  })
  const doors = [
    door('udp', 3478, 0.412),
    door('tcp', 3478, 0.63),
    door('tls', 5349, 1.204),
    door('tls-web', 443, 1.382),
  ]
  return {
    atMs,
    realm: 'calls.example.org',
    listening: [
      { transport: 'udp', address: '203.0.113.5:3478' },
      { transport: 'tcp', address: '203.0.113.5:3478' },
      { transport: 'tls', address: '203.0.113.5:5349' },
    ],
    workers: { count: 4, restarts: 0 },
    policy: { mode: 'open', allowedPeers: [], deniedPeers: [] },
    selfTest: { atMs: atMs - 720_000, running: false, results: doors.map(({ test }) => test) },
    probe: {
      atMs: atMs - 720_000,
      rows: [
        {
          name: 'This machine',
          address: '127.0.0.1',
          asked: true,
          refused: true,
          detail: 'Refused.',
        },
        {
          name: 'This machine, IPv6',
          address: '::1',
          asked: true,
          refused: true,
          detail: 'Refused.',
        },
        {
          name: 'Cloud metadata',
          address: '169.254.169.254',
          asked: true,
          refused: true,
          detail: 'Refused.',
        },
        {
          name: 'Private network',
          address: '10.0.0.1',
          asked: true,
          refused: true,
          detail: 'Refused.',
        },
      ],
    },
    allocations: [],
    deniedPeers: [],
    rejections: [],
    drops: [],
    secrets: { origin: 'generated', current: { hint: 'k3f9…' }, previous: [] },
    urls: {
      stun: 'stun:calls.example.org:3478',
      turn: doors.map(({ url }) => url),
      tlsProblem: undefined,
      rest: 'https://calls.example.org/api/turn',
    },
  }
}

/** A relay in use, with everything that can be wrong with one. */
export function busyTurn(atMs: number): TurnDetails {
  const quiet = quietTurn(atMs)
  return {
    ...quiet,
    workers: { count: 4, restarts: 1 },
    policy: { mode: 'sfu-only', allowedPeers: ['198.51.100.7/32'], deniedPeers: ['10.0.0.0/8'] },
    selfTest: {
      ...quiet.selfTest,
      results: quiet.selfTest.results.map((result) =>
        result.transport.startsWith('tls')
          ? {
              ...result,
              ok: false,
              rttMs: undefined,
              problem: 'The certificate expired on 2 November 2026.',
              fix: 'Renew it and reload the configuration; browsers refuse it until then.',
            }
          : result,
      ),
    },
    probe: {
      ...quiet.probe,
      rows: quiet.probe.rows.map((row) =>
        row.address === '10.0.0.1'
          ? {
              ...row,
              asked: true,
              refused: false,
              detail:
                'Clients reach it through the relay, because turn.allowed_peers has 10.0.0.0/8.',
            }
          : row,
      ),
    },
    allocations: busyAllocations(atMs),
    deniedPeers: [
      {
        address: '172.18.0.3',
        reason: 'special-use: private 172.16.0.0/12',
        advice:
          'The chat server offers its Docker address to clients. Give it its public address: in Mattermost, set "ICE Host Override".',
        by: 'permission',
        userId: 'w8ikd3',
        count: 214,
        lastAtMs: atMs - 4_000,
      },
      {
        address: '[2001:db8::9]:51000',
        reason: 'sfu-only: not in turn.allowed_peers',
        advice: '',
        by: 'inbound',
        userId: 'ada',
        count: 1,
        lastAtMs: atMs - 3_900_000,
      },
    ],
    rejections: [
      { code: 401, why: 'not signed', count: 1204 },
      { code: 401, why: 'wrong credentials', count: 12 },
      { code: 403, why: 'peer denied by policy', count: 214 },
      { code: 486, why: 'user has too many allocations', count: 2 },
    ],
    drops: [
      { reason: 'noChannel', count: 31 },
      { reason: 'notTurn', count: 8_112 },
    ],
    secrets: {
      ...quiet.secrets,
      previous: [
        { id: 's1', hint: '9af1…', retiredAtMs: atMs - 86_400_000, origin: 'generated' },
        { id: 'c1', hint: 'old-…', retiredAtMs: undefined, origin: 'config' },
      ],
    },
    urls: {
      ...quiet.urls,
      tlsProblem: 'The certificate is self-signed: browsers refuse TURN over TLS without a word.',
    },
  }
}

function busyAllocations(atMs: number): readonly TurnAllocation[] {
  const row = (
    id: string,
    userId: string,
    transport: 'udp' | 'tcp' | 'tls',
    minutes: number,
    bitsPerSecond: number,
  ): TurnAllocation => ({
    id,
    userId,
    clientAddress: `198.51.100.${id.length + minutes}:${50_000 + minutes}`,
    transport,
    relayed: id === 'a4' ? [] : [`203.0.113.5:${49_200 + minutes}`],
    createdAtMs: atMs - minutes * 60_000,
    expiresAtMs: atMs + 540_000,
    fromClient: { packets: minutes * 3000, bytes: minutes * 480_000, bitsPerSecond },
    toClient: {
      packets: minutes * 9000,
      bytes: minutes * 7_200_000,
      bitsPerSecond: bitsPerSecond * 12,
    },
  })
  return [
    row('a1', 'ada', 'udp', 42, 64_000),
    row('a2', 'grace', 'tcp', 7, 71_000),
    row('a3', 'alan', 'tls', 121, 0),
    {
      ...row('a4', 'radia', 'udp', 1, 12_000),
      clientAddress: '[2001:db8:85a3::8a2e:370:7334]:61021',
    },
  ]
}

/** A relay in a test's hand: it notes what it is asked for and shows what `details` makes. */
export type ScriptedTurn = TurnAdmin & { readonly asked: string[] }

/** Starts from these facts; a disconnect and a retirement take their row away, as the real one does. */
export function scriptedTurn(details: () => TurnDetails): ScriptedTurn {
  const asked: string[] = []
  const gone = new Set<string>()
  let secret = 'the secret of today'
  return {
    asked,
    details: () => {
      const facts = details()
      const { allocations, secrets } = facts
      return {
        ...facts,
        allocations: allocations.filter(({ id }) => !gone.has(id)),
        secrets: { ...secrets, previous: secrets.previous.filter(({ id }) => !gone.has(id)) },
      }
    },
    runSelfTest: async () => void asked.push('self-test'),
    disconnect: (id) => {
      asked.push(`disconnect ${id}`)
      const isThere = details().allocations.some((each) => each.id === id) && !gone.has(id)
      gone.add(id)
      return isThere
    },
    rotateSecret: async () => {
      asked.push('rotate')
      if (details().secrets.origin === 'config') {
        return { ok: false, message: 'Change turn.static_auth_secret in the configuration file.' }
      }
      secret = 'the secret of tomorrow'
      return { ok: true, secret }
    },
    retireSecret: async (id) => {
      asked.push(`retire ${id}`)
      const previous = details().secrets.previous.find((each) => each.id === id)
      if (!previous || previous.origin === 'config' || gone.has(id)) return false
      gone.add(id)
      return true
    },
    revealSecret: () => secret,
    issueCredentials: ({ id, ttlSeconds = 3600 }) => ({
      username: `1800000000:${id}`,
      password: `signed with ${secret}`,
      ttl: ttlSeconds,
      uris: details().urls.turn.map(({ url }) => url),
    }),
    apiKey: () => 'the key',
  }
}
