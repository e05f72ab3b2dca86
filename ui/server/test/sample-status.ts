import type { HistoryPoint, Status, TrackCounts } from '#api'
import { busyTurn, quietTurn } from './sample-turn.ts'

const NO_TRACKS: TrackCounts = {
  microphone: 0,
  camera: 0,
  screen_share: 0,
  screen_share_audio: 0,
  other: 0,
}

/** A second of a quiet server. */
export function quietPoint(atMs: number): HistoryPoint {
  return {
    atMs,
    cpuTotalPercent: 1.5,
    cpuPerCorePercent: [1, 2],
    receivedBitsPerSecond: 12_000,
    sentBitsPerSecond: 9_000,
    participants: 0,
    tracks: NO_TRACKS,
    turnAllocations: 0,
  }
}

/** A second with three people in a call, one of them sharing a screen. */
export function busyPoint(atMs: number): HistoryPoint {
  return {
    atMs,
    cpuTotalPercent: 37.5,
    cpuPerCorePercent: [52, 23],
    receivedBitsPerSecond: 2_400_000,
    sentBitsPerSecond: 4_900_000,
    participants: 3,
    tracks: { ...NO_TRACKS, microphone: 3, screen_share: 1 },
    turnAllocations: 2,
  }
}

/** The facts of the same quiet second. */
export function quietStatus(atMs: number): Status {
  const point = quietPoint(atMs)
  return {
    version: '0.1.0',
    atMs,
    uptimeSeconds: 93_784,
    cpu: { totalPercent: point.cpuTotalPercent, perCorePercent: [1, 2], loadAverage1m: 0.12 },
    memory: { totalBytes: 8e9, usedBytes: 2.1e9, processRssBytes: 164e6 },
    network: {
      receivedBitsPerSecond: point.receivedBitsPerSecond,
      sentBitsPerSecond: point.sentBitsPerSecond,
      interfaces: [{ name: 'eth0', receivedBitsPerSecond: 12_000, sentBitsPerSecond: 9_000 }],
    },
    rooms: [],
    participants: 0,
    tracks: { active: NO_TRACKS, published: 0 },
    turn: {
      allocations: 0,
      byTransport: { udp: 0, tcp: 0, tls: 0 },
      receivedBitsPerSecond: 0,
      sentBitsPerSecond: 0,
    },
    relay: quietTurn(atMs).selfTest,
    kernel: {
      udpReceiveBufferErrors: 0,
      rmemMaxBytes: 16_777_216,
      wmemMaxBytes: 16_777_216,
      optmemMaxBytes: 131_072,
    },
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
    cpu: { totalPercent: 37.5, perCorePercent: point.cpuPerCorePercent, loadAverage1m: 0.84 },
    network: {
      receivedBitsPerSecond: point.receivedBitsPerSecond,
      sentBitsPerSecond: point.sentBitsPerSecond,
      interfaces: [
        { name: 'eth0', receivedBitsPerSecond: 2_400_000, sentBitsPerSecond: 4_900_000 },
      ],
    },
    rooms: [callOfThree(atMs)],
    participants: 3,
    tracks: { active: point.tracks, published: 5 },
    turn: {
      allocations: 2,
      byTransport: { udp: 1, tcp: 1, tls: 0 },
      receivedBitsPerSecond: 80_000,
      sentBitsPerSecond: 1_300_000,
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
        tracks: [microphone(false), { kind: 'screen_share', muted: false }],
      },
      {
        identity: 'grace',
        name: 'Grace Hopper',
        joinedAtMs: atMs - 641_000,
        path: 'turn-tcp',
        tracks: [microphone(true)],
      },
      {
        identity: 'alan',
        name: 'Alan Turing',
        joinedAtMs: atMs - 62_000,
        path: undefined,
        tracks: [microphone(false)],
      },
    ],
  }
}
