import t from 'tap'
import type { RoomSnapshot, Sfu } from '#sfu'
import type { AllocationRow, TurnEngine } from '#turn'
import { createTravels } from './calls/travels.ts'
import { createStatusBoard } from './status.ts'
import type { SystemSnapshot, SystemStats } from './telemetry/system-stats.ts'

const unknown = {
  listeners: undefined,
  speakers: undefined,
  screens: undefined,
  limit: undefined,
  basis: '',
  admission: 'all',
  reason: undefined,
  refused: { video: 0, joins: 0 },
} as const

/** A board whose sources are in the test's hands. */
function boardOn(facts: {
  rooms?: RoomSnapshot[]
  allocations?: AllocationRow[]
  atMs?: number
  relayedBytes?: number
  kernel?: Partial<SystemSnapshot['kernel']>
  rejections?: { code: number; why: string; count: number }[]
}) {
  const system = {
    latest: () =>
      ({
        atMs: facts.atMs ?? 0,
        cpu: { totalPercent: 12, perCorePercent: [10, 14], loadAverage1m: 0.5 },
        network: { receivedBitsPerSecond: 1000, sentBitsPerSecond: 2000, interfaces: [] },
        memory: { totalBytes: 2, usedBytes: 1, processRssBytes: 1 },
        processes: [
          { kind: 'media', pid: 1, cpuPercent: 30, rssBytes: 1 },
          { kind: 'media', pid: 2, cpuPercent: 40, rssBytes: 1 },
          { kind: 'main', pid: 3, cpuPercent: 50, rssBytes: 1 },
        ],
        kernel: {
          rmemMaxBytes: 0,
          wmemMaxBytes: 0,
          udpReceiveBufferErrors: 0,
          socketDrops: [],
          ...facts.kernel,
        },
      }) as unknown as SystemSnapshot,
  } as SystemStats
  const connects = () => ({ attempts: 0, failures: 0, connectMs: [] })
  const sfu = { rooms: () => facts.rooms ?? [], connects, workers: () => [] } as unknown as Sfu
  const relay = () => ({ atMs: undefined, running: false, results: [] })
  const turn = {
    allocations: () => facts.allocations ?? [],
    stats: () => ({
      allocations: facts.allocations?.length ?? 0,
      byTransport: { udp: 0, tcp: 0, tls: 0 },
      receivedBytes: facts.relayedBytes ?? 0,
      sentBytes: facts.relayedBytes ?? 0,
      rejections: facts.rejections ?? [],
      deniedPeers: 0,
    }),
  } as unknown as TurnEngine
  const services = () => []
  const certificate = () => undefined
  const travels = createTravels({ turn, ownIps: ['203.0.113.1'], nowMs: () => facts.atMs ?? 0 })
  return createStatusBoard({
    version: '1',
    system,
    sfu,
    turn,
    travels,
    relay,
    services,
    certificate,
    certificateDaysLeft: certificate,
    capacity: ({ rooms, participants }) => ({
      ...unknown,
      basis: `${rooms.length}, ${participants}`,
    }),
    news: () => ({ findings: [], alerts: [] }),
    address: {
      announced: '203.0.113.1',
      ip: '203.0.113.1',
      ipv6: undefined,
      how: 'configured',
      isLocal: true,
    },
  })
}

const address = (port: number) => ({ family: 4 as const, ip: '203.0.113.1', port })
const relayOverTcp: AllocationRow = {
  id: '1',
  userId: 'anna',
  client: { transport: 'tcp', client: address(1000), server: address(3478) },
  relayed: [address(50_000)],
  createdAtMs: 0,
  expiresAtMs: 600_000,
  fromClient: { packets: 0, bytes: 0 },
  toClient: { packets: 0, bytes: 0 },
}

const link = { lossPercent: undefined, jitterMs: undefined, rttMs: undefined, bitsPerSecond: 0 }

function room(remotePort: number, remoteIp = '203.0.113.1'): RoomSnapshot {
  return {
    name: 'garden',
    startedAtMs: 1,
    workerPid: 7,
    participants: [
      {
        identity: 'anna',
        name: 'Anna',
        joinedAtMs: 2,
        transport: { protocol: 'udp', remoteIp, remotePort },
        quality: 'good',
        links: { up: link, down: link },
        tracks: [
          { sid: 'TR_1', kind: 'audio', source: 'microphone', muted: true },
          { sid: 'TR_2', kind: 'video', source: 'screen_share', muted: false },
        ],
      },
    ],
  }
}

t.test('counts tracks that are heard or seen, and lists the muted ones too', async (t) => {
  const status = boardOn({ rooms: [room(6000)] }).refresh()
  t.equal(status.participants, 1)
  t.equal(status.capacity.basis, '1, 1', 'what the box carries is asked for with the same facts')
  t.match(status.tracks, { published: 2, active: { microphone: 0, screen_share: 1 } })
  t.match(status.rooms[0]?.participants[0]?.tracks, [
    { kind: 'microphone', muted: true },
    { kind: 'screen_share', muted: false },
  ])
})

t.test('tells media that comes from one of our relays by the relay’s own transport', async (t) => {
  const elsewhere = [room(50_000, '198.51.100.9')]
  const direct = boardOn({ rooms: elsewhere, allocations: [relayOverTcp] }).refresh()
  t.equal(direct.rooms[0]?.participants[0]?.path, 'udp')
  const relayed = boardOn({ rooms: [room(50_000)], allocations: [relayOverTcp] }).refresh()
  t.equal(relayed.rooms[0]?.participants[0]?.path, 'turn-tcp')
})

t.test('turns relayed bytes into a rate over the time between two samples', async (t) => {
  const facts = { atMs: 1000, relayedBytes: 500 }
  const board = boardOn(facts)
  t.equal(board.refresh().turn.receivedBitsPerSecond, 0, 'one sample is no rate')
  facts.atMs = 3000
  facts.relayedBytes = 1500
  t.equal(board.refresh().turn.receivedBitsPerSecond, 4000)
  t.equal(board.latest().turn.sentBitsPerSecond, 4000, 'asking again does not change it')
})

t.test('keeps of a status what the charts draw', async (t) => {
  const board = boardOn({ rooms: [room(6000)], allocations: [relayOverTcp], atMs: 7 })
  board.refresh()
  t.match(board.point(), {
    atMs: 7,
    cpuTotalPercent: 12,
    sentBitsPerSecond: 2000,
    participants: 1,
    tracks: { screen_share: 1 },
    turnAllocations: 1,
  })
})

t.test('tells of counters what they rose by within the second', async (t) => {
  const facts: Parameters<typeof boardOn>[0] = {
    kernel: {
      udpReceiveBufferErrors: 100,
      socketDrops: [{ port: 8443, drops: 7, queuedBytes: 0 }],
    },
    rejections: [{ code: 486, why: 'quota', count: 5 }],
  }
  const board = boardOn(facts)
  board.refresh()
  t.match(board.point(), { udpReceiveBufferErrors: 0, socketDrops: 0, turnRejections: 0 })
  facts.kernel = {
    udpReceiveBufferErrors: 103,
    socketDrops: [
      { port: 8443, drops: 8, queuedBytes: 0 },
      { port: 3478, drops: 1, queuedBytes: 0 },
    ],
  }
  facts.rejections = [
    { code: 486, why: 'quota', count: 6 },
    { code: 401, why: 'not signed', count: 50 },
    { code: 438, why: 'stale nonce', count: 50 },
    { code: 401, why: 'wrong password', count: 1 },
  ]
  board.refresh()
  t.match(board.point(), { udpReceiveBufferErrors: 3, socketDrops: 2, turnRejections: 2 })
  t.equal(board.point().mediaWorkerPercent, 40, 'the busiest media worker')
  facts.kernel = { udpReceiveBufferErrors: 0 }
  board.refresh()
  t.equal(board.point().udpReceiveBufferErrors, 0, 'a counter that began anew took nothing back')
})
