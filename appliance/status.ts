import type {
  CertificateAlarm,
  HistoryPoint,
  ServiceStatus,
  Status,
  TrackCounts,
  TrackKind,
} from '#api'
import type { Sfu } from '#sfu'
import type { TurnEngine } from '#turn'
import { gatherCallFacts } from './calls/call-facts.ts'
import type { Travels } from './calls/travels.ts'
import type { CapacitySample } from './capacity/capacity-watch.ts'
import type { RelayWatch } from './health/relay-watch.ts'
import type { SystemStats } from './telemetry/system-stats.ts'
import { judgeHealth } from './verdicts/health.ts'

/** Where the facts of the dashboard come from. */
export type StatusSources = Readonly<{
  version: string
  system: SystemStats
  sfu: Sfu
  turn: TurnEngine
  travels: Travels
  relay: RelayWatch['latest']
  services: () => readonly ServiceStatus[]
  /** What is wrong with the certificate; `undefined` while nothing is. */
  certificate: () => CertificateAlarm | undefined
  certificateDaysLeft: () => number | undefined
  address: Status['address']
  /** How much more the box carries, by the facts of this second. */
  capacity: (sample: CapacitySample) => Status['capacity']
}>

/** The facts behind the dashboard: the latest status, and the point that history keeps of it. */
export interface StatusBoard {
  /** Gathers the facts anew; called once a second, so that any number of viewers costs the same. */
  refresh(): Status
  latest(): Status
  point(): HistoryPoint
}

type TurnTraffic = Readonly<{ atMs: number; receivedBytes: number; sentBytes: number }>

const noTracks: TrackCounts = {
  microphone: 0,
  camera: 0,
  screen_share: 0,
  screen_share_audio: 0,
  other: 0,
}

/** Creates the board. */
export function createStatusBoard(sources: StatusSources): StatusBoard {
  let traffic: TurnTraffic | undefined
  let latest: Status | undefined
  const refresh = () => {
    const now = turnTraffic(sources)
    latest = gather(sources, turnRates(traffic ?? now, now))
    traffic = now
    return latest
  }
  const current = () => latest ?? refresh()
  return { refresh, latest: current, point: () => pointOf(current()) }
}

function gather(
  {
    version,
    system,
    sfu,
    turn,
    travels,
    relay,
    services,
    certificate,
    certificateDaysLeft,
    address,
    capacity,
  }: StatusSources,
  rates: Pick<Status['turn'], 'receivedBitsPerSecond' | 'sentBitsPerSecond'>,
): Status {
  const { atMs, cpu, memory, network, kernel } = system.latest()
  const { rooms, paths, quality, connects } = gatherCallFacts(sfu, travels)
  const tracks = rooms.flatMap((room) => room.participants).flatMap((person) => person.tracks)
  const { allocations, byTransport, rejections, deniedPeers, traffic } = turn.stats()
  const participants = rooms.reduce((sum, room) => sum + room.participants.length, 0)
  const sample: CapacitySample = {
    ...{ cpu, memory, network, paths, participants },
    rooms: sfu.rooms(),
    workers: sfu.workers(),
    turn: { allocations, traffic },
  }
  const facts: Omit<Status, 'health'> = {
    version,
    atMs,
    uptimeSeconds: Math.round(process.uptime()),
    address,
    cpu,
    processes: [],
    disk: undefined,
    memory,
    network,
    kernel,
    rooms,
    participants,
    tracks: { active: countActive(tracks), published: tracks.length },
    paths,
    quality,
    connects,
    capacity: capacity(sample),
    alertsFiring: 0,
    turn: { allocations, byTransport, ...rates, rejections, deniedPeers },
    relay: relay(),
    certificate: certificate(),
    certificateDaysLeft: certificateDaysLeft(),
    services: services(),
  }
  return { ...facts, health: judgeHealth(facts) }
}

function countActive(tracks: readonly Readonly<{ kind: TrackKind; muted: boolean }>[]) {
  const counts = { ...noTracks }
  for (const { kind, muted } of tracks) if (!muted) counts[kind] += 1
  return counts
}

function turnTraffic({ turn, system }: StatusSources): TurnTraffic {
  const { receivedBytes, sentBytes } = turn.stats()
  return { atMs: system.latest().atMs, receivedBytes, sentBytes }
}

function turnRates(before: TurnTraffic, now: TurnTraffic) {
  const seconds = (now.atMs - before.atMs) / 1000
  const rate = (bytes: number) => (seconds > 0 ? Math.max(0, (bytes * 8) / seconds) : 0)
  return {
    receivedBitsPerSecond: rate(now.receivedBytes - before.receivedBytes),
    sentBitsPerSecond: rate(now.sentBytes - before.sentBytes),
  }
}

function pointOf(status: Status): HistoryPoint {
  const { cpu, network, quality, turn } = status
  const media = status.processes.filter(({ kind }) => kind === 'media')
  return {
    atMs: status.atMs,
    cpuTotalPercent: cpu.totalPercent,
    cpuPerCorePercent: cpu.perCorePercent,
    cpuStealPercent: cpu.stealPercent,
    cpuSoftirqPercent: cpu.softirqPercent,
    mediaWorkerPercent: Math.max(0, ...media.map(({ cpuPercent }) => cpuPercent)),
    memoryUsedBytes: status.memory.usedBytes,
    receivedBitsPerSecond: network.receivedBitsPerSecond,
    sentBitsPerSecond: network.sentBitsPerSecond,
    receivedPacketsPerSecond: network.receivedPacketsPerSecond,
    sentPacketsPerSecond: network.sentPacketsPerSecond,
    participants: status.participants,
    rooms: status.rooms.length,
    tracks: status.tracks.active,
    turnAllocations: turn.allocations,
    turnBitsPerSecond: turn.receivedBitsPerSecond + turn.sentBitsPerSecond,
    paths: status.paths,
    lossUpPercent: quality.up.lossPercent?.p95,
    lossDownPercent: quality.down.lossPercent?.p95,
    jitterUpMs: quality.up.jitterMs?.p95,
    jitterDownMs: quality.down.jitterMs?.p95,
    rttMs: quality.down.rttMs?.p95,
    udpReceiveBufferErrors: 0,
    socketDrops: 0,
    turnRejections: 0,
  }
}
