import type { HistoryPoint } from '#api'

/** 2026-01-01T00:00:00Z, the start of a step of every length. */
export const MIDNIGHT_MS = 1_767_225_600_000

/** A second in which everything that can be counted is `value`. */
export function samplePoint(atMs: number, value = 1): HistoryPoint {
  return {
    atMs,
    cpuTotalPercent: value,
    cpuPerCorePercent: [value, value],
    cpuStealPercent: value,
    cpuSoftirqPercent: value,
    mediaWorkerPercent: value,
    memoryUsedBytes: value,
    receivedBitsPerSecond: value,
    sentBitsPerSecond: value,
    receivedPacketsPerSecond: value,
    sentPacketsPerSecond: value,
    participants: value,
    rooms: value,
    tracks: { microphone: value, camera: 0, screen_share: 0, screen_share_audio: 0, other: 0 },
    turnAllocations: value,
    turnBitsPerSecond: value,
    paths: { udp: value, tcp: 0, 'turn-udp': 0, 'turn-tcp': 0, 'turn-tls': 0 },
    lossUpPercent: undefined,
    lossDownPercent: value,
    jitterUpMs: value,
    jitterDownMs: value,
    rttMs: value,
    udpReceiveBufferErrors: value,
    socketDrops: value,
    turnRejections: value,
  }
}
