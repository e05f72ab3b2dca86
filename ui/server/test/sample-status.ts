import type { HistoryPoint, Status, TrackCounts } from '#api'
import { busyTurn, quietTurn } from './sample-turn.ts'

const NO_PATHS = { udp: 0, tcp: 0, 'turn-udp': 0, 'turn-tcp': 0, 'turn-tls': 0 }

const NO_TRACKS: TrackCounts = {
  microphone: 0,
  camera: 0,
  screen_share: 0,
  screen_share_audio: 0,
  other: 0,
}

const NOT_MEASURED = { lossPercent: undefined, jitterMs: undefined, rttMs: undefined }

const QUIET_KERNEL: Status['kernel'] = {
  udpReceiveBufferErrors: 0,
  udpSendBufferErrors: 0,
  udpNoPorts: 3,
  udpReceived: 1_240_000,
  udpSent: 1_310_000,
  socketDrops: [{ port: 8443, drops: 0, queuedBytes: 0 }],
  softnetDropped: 0,
  softnetSqueezed: 2,
  conntrack: { count: 180, max: 262_144 },
  files: { open: 64, max: 65_536 },
  relayPorts: { used: 0, total: 16_384 },
  rmemMaxBytes: 16_777_216,
  wmemMaxBytes: 16_777_216,
  optmemMaxBytes: 131_072,
}

const QUIET_PROCESSES: Status['processes'] = [
  { kind: 'main', pid: 100, cpuPercent: 0.6, rssBytes: 164e6 },
  { kind: 'media', pid: 101, cpuPercent: 0.3, rssBytes: 38e6, rooms: 0 },
  { kind: 'turn', pid: 102, cpuPercent: 0.1, rssBytes: 61e6 },
]

const QUIET_CPU: Status['cpu'] = {
  totalPercent: 1.5,
  perCorePercent: [1, 2],
  loadAverage1m: 0.12,
  stealPercent: 0.1,
  softirqPercent: 0.2,
  cores: [
    { busyPercent: 1, stealPercent: 0.1, softirqPercent: 0.2 },
    { busyPercent: 2, stealPercent: 0.1, softirqPercent: 0.2 },
  ],
}

const BUSY_HEALTH: Status['health'] = {
  level: 'warn',
  text: 'Grace Hopper loses 4.2 % of the packets that she sends.',
  verdicts: [
    {
      id: 'loss:grace',
      level: 'warn',
      text: 'Grace Hopper loses 4.2 % of the packets that she sends.',
      fix: 'Ask for a cable or another network.',
      section: 'calls',
      people: [{ room: 'stand-up', identity: 'grace', name: 'Grace Hopper' }],
    },
    {
      id: 'kernel-buffers',
      level: 'warn',
      text: 'The kernel’s buffers for packets are small: busy calls can lose sound.',
      fix: 'Enlarge them (net.core.rmem_max=16777216).',
      command: 'sudo npx callbox tune --apply',
      section: 'kernel',
    },
  ],
}

/** A second of a quiet server. */
export function quietPoint(atMs: number): HistoryPoint {
  return {
    atMs,
    cpuTotalPercent: 1.5,
    cpuPerCorePercent: [1, 2],
    cpuStealPercent: 0.1,
    cpuSoftirqPercent: 0.2,
    mediaWorkerPercent: 0.3,
    memoryUsedBytes: 2.1e9,
    receivedBitsPerSecond: 12_000,
    sentBitsPerSecond: 9_000,
    receivedPacketsPerSecond: 12,
    sentPacketsPerSecond: 9,
    participants: 0,
    rooms: 0,
    tracks: NO_TRACKS,
    turnAllocations: 0,
    turnBitsPerSecond: 0,
    paths: NO_PATHS,
    lossUpPercent: undefined,
    lossDownPercent: undefined,
    jitterUpMs: undefined,
    jitterDownMs: undefined,
    rttMs: undefined,
    udpReceiveBufferErrors: 0,
    socketDrops: 0,
    turnRejections: 0,
  }
}

/** A second with three people in a call, one of them sharing a screen. */
export function busyPoint(atMs: number): HistoryPoint {
  return {
    ...quietPoint(atMs),
    cpuTotalPercent: 37.5,
    cpuPerCorePercent: [52, 23],
    cpuStealPercent: 1.2,
    cpuSoftirqPercent: 4.1,
    mediaWorkerPercent: 31,
    memoryUsedBytes: 2.6e9,
    receivedBitsPerSecond: 2_400_000,
    sentBitsPerSecond: 4_900_000,
    receivedPacketsPerSecond: 510,
    sentPacketsPerSecond: 1_020,
    participants: 3,
    rooms: 1,
    tracks: { ...NO_TRACKS, microphone: 3, screen_share: 1 },
    turnAllocations: 2,
    turnBitsPerSecond: 1_380_000,
    paths: { ...NO_PATHS, udp: 1, 'turn-tcp': 1 },
    lossUpPercent: 4.2,
    lossDownPercent: 0.4,
    jitterUpMs: 18,
    jitterDownMs: 7,
    rttMs: 84,
  }
}

/** The facts of the same quiet second. */
export function quietStatus(atMs: number): Status {
  const point = quietPoint(atMs)
  return {
    version: '0.1.0',
    atMs,
    uptimeSeconds: 93_784,
    health: { level: 'ok', text: 'Everything works: media, turn, web.', verdicts: [] },
    address: {
      announced: 'calls.example.org',
      ip: '198.51.100.7',
      ipv6: undefined,
      how: 'configured',
      isLocal: true,
    },
    cpu: QUIET_CPU,
    processes: QUIET_PROCESSES,
    disk: { totalBytes: 20e9, freeBytes: 14e9 },
    memory: { totalBytes: 8e9, usedBytes: 2.1e9, processRssBytes: 164e6 },
    network: {
      receivedBitsPerSecond: point.receivedBitsPerSecond,
      sentBitsPerSecond: point.sentBitsPerSecond,
      receivedPacketsPerSecond: point.receivedPacketsPerSecond,
      sentPacketsPerSecond: point.sentPacketsPerSecond,
      linkBitsPerSecond: 1e9,
      interfaces: [
        {
          name: 'eth0',
          receivedBitsPerSecond: 12_000,
          sentBitsPerSecond: 9_000,
          linkBitsPerSecond: 1e9,
        },
      ],
    },
    rooms: [],
    participants: 0,
    tracks: { active: NO_TRACKS, published: 0 },
    paths: { ...NO_PATHS, ipv4: 0, ipv6: 0, connecting: 0 },
    quality: { up: NOT_MEASURED, down: NOT_MEASURED },
    connects: { attempts: 0, failures: 0, connectMs: undefined },
    capacity: {
      listeners: 640,
      speakers: 42,
      screens: 12,
      limit: 'media-worker',
      basis: 'Measured on this machine: 17 µs a packet.',
      admission: 'all',
      reason: undefined,
      refused: { video: 0, joins: 0 },
    },
    alertsFiring: 0,
    turn: {
      allocations: 0,
      byTransport: { udp: 0, tcp: 0, tls: 0 },
      receivedBitsPerSecond: 0,
      sentBitsPerSecond: 0,
      rejections: [],
      deniedPeers: 0,
    },
    certificateDaysLeft: 61,
    relay: quietTurn(atMs).selfTest,
    kernel: QUIET_KERNEL,
    services: [
      { name: 'media', ok: true, detail: '2 workers on port 8443' },
      { name: 'turn', ok: true, detail: 'port 3478, UDP and TCP' },
      { name: 'web', ok: true, detail: 'port 8444' },
    ],
  }
}

/** The facts of the same busy second, on a machine whose kernel buffers are the default ones. */
export function busyStatus(atMs: number): Status {
  const quiet = quietStatus(atMs)
  const point = busyPoint(atMs)
  return {
    ...quiet,
    health: BUSY_HEALTH,
    cpu: {
      totalPercent: 37.5,
      perCorePercent: point.cpuPerCorePercent,
      loadAverage1m: 0.84,
      stealPercent: 1.2,
      softirqPercent: 4.1,
      cores: [
        { busyPercent: 52, stealPercent: 1.9, softirqPercent: 6.3 },
        { busyPercent: 23, stealPercent: 0.5, softirqPercent: 1.9 },
      ],
    },
    processes: [
      { kind: 'main', pid: 100, cpuPercent: 4.6, rssBytes: 171e6 },
      { kind: 'media', pid: 101, cpuPercent: 31, rssBytes: 44e6, rooms: 1 },
      { kind: 'turn', pid: 102, cpuPercent: 6.2, rssBytes: 63e6 },
    ],
    network: {
      ...quiet.network,
      receivedBitsPerSecond: point.receivedBitsPerSecond,
      sentBitsPerSecond: point.sentBitsPerSecond,
      interfaces: [
        {
          name: 'eth0',
          receivedBitsPerSecond: 2_400_000,
          sentBitsPerSecond: 4_900_000,
          linkBitsPerSecond: 1e9,
        },
      ],
    },
    rooms: [callOfThree(atMs)],
    participants: 3,
    tracks: { active: point.tracks, published: 5 },
    paths: { ...quiet.paths, udp: 1, 'turn-tcp': 1, connecting: 1, ipv4: 2 },
    quality: {
      up: {
        lossPercent: { p50: 0.2, p95: 4.2 },
        jitterMs: { p50: 4, p95: 18 },
        rttMs: { p50: 31, p95: 84 },
      },
      down: {
        lossPercent: { p50: 0, p95: 0.4 },
        jitterMs: { p50: 3, p95: 7 },
        rttMs: { p50: 31, p95: 84 },
      },
    },
    connects: { attempts: 4, failures: 1, connectMs: { p50: 640, p95: 2_100 } },
    alertsFiring: 1,
    turn: {
      allocations: 2,
      byTransport: { udp: 1, tcp: 1, tls: 0 },
      receivedBitsPerSecond: 80_000,
      sentBitsPerSecond: 1_300_000,
      rejections: [
        { code: 401, why: 'no credentials', count: 9 },
        { code: 403, why: 'peer refused', count: 2 },
      ],
      deniedPeers: 2,
    },
    relay: busyTurn(atMs).selfTest,
    kernel: { ...quiet.kernel, rmemMaxBytes: 212_992, udpReceiveBufferErrors: 17 },
  }
}

function callOfThree(atMs: number): Status['rooms'][number] {
  const microphone = (muted: boolean) => ({ kind: 'microphone' as const, muted })
  return {
    name: 'stand-up',
    startedAtMs: atMs - 754_000,
    participants: [
      {
        identity: 'ada',
        name: 'Ada Lovelace',
        joinedAtMs: atMs - 754_000,
        path: 'udp',
        quality: 'excellent',
        tracks: [microphone(false), { kind: 'screen_share', muted: false }],
      },
      {
        identity: 'grace',
        name: 'Grace Hopper',
        joinedAtMs: atMs - 641_000,
        path: 'turn-tcp',
        quality: 'poor',
        tracks: [microphone(true)],
      },
      {
        identity: 'alan',
        name: 'Alan Turing',
        joinedAtMs: atMs - 62_000,
        path: undefined,
        quality: undefined,
        tracks: [microphone(false)],
      },
    ],
  }
}
