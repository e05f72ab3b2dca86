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
import { type HealthNews, judgeHealth } from './verdicts/health.ts'

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
  /** What was found in calls, and the alerts that fire. */
  news: () => HealthNews
  /** What is wrong with what the settings page saved; absent or `undefined` while nothing is. */
  settings?: () => Status['settings']
}>

/** The facts behind the dashboard: the latest status, and the point that history keeps of it. */
export interface StatusBoard {
  /** Gathers the facts anew; called once a second and when all has started, so that any number of viewers costs the same. */
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
  let before: Status | undefined
  const refresh = () => {
    const now = turnTraffic(sources)
    before = latest
    latest = gather(sources, turnRates(traffic ?? now, now))
    traffic = now
    return latest
  }
  const current = () => latest ?? refresh()
  return { refresh, latest: current, point: () => pointOf(current(), before) }
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
    news,
    settings,
  }: StatusSources,
  rates: Pick<Status['turn'], 'receivedBitsPerSecond' | 'sentBitsPerSecond'>,
): Status {
  const { atMs, cpu, memory, network, kernel, processes, disk } = system.latest()
  const latestNews = news()
  const { rooms, paths, quality, connects } = gatherCallFacts(sfu, travels)
  const calls = sfu.rooms()
  const people = calls.flatMap((room) => room.participants)
  const tracks = people.flatMap((person) => person.tracks)
  const { allocations, byTransport, rejections, deniedPeers, traffic } = turn.stats()
  const participants = people.length
  const sample: CapacitySample = {
    ...{ cpu, memory, network, paths, participants },
    rooms: calls,
    workers: sfu.workers(),
    turn: { allocations, traffic },
  }
  const facts: Omit<Status, 'health'> = {
    version,
    atMs,
    uptimeSeconds: Math.round(process.uptime()),
    address,
    cpu,
    processes,
    disk,
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
    alertsFiring: latestNews.alerts.length,
    turn: { allocations, byTransport, ...rates, rejections, deniedPeers },
    relay: relay(),
    certificate: certificate(),
    certificateDaysLeft: certificateDaysLeft(),
    settings: settings?.(),
    services: services(),
  }
  return { ...facts, health: judgeHealth(facts, latestNews) }
}

function countActive(tracks: readonly Readonly<{ source: TrackKind; muted: boolean }>[]) {
  const counts = { ...noTracks }
  for (const { source, muted } of tracks) if (!muted) counts[source] += 1
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

/** The point of a second; what happened in it is the difference to the status `before`. */
function pointOf(status: Status, before: Status = status): HistoryPoint {
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
    udpReceiveBufferErrors: since(before, status, udpReceiveBufferErrorsOf),
    socketDrops: since(before, status, socketDropsOf),
    turnRejections: since(before, status, turnRejectionsOf),
  }
}

function since(before: Status, now: Status, count: (status: Status) => number): number {
  return Math.max(0, count(now) - count(before))
}

const udpReceiveBufferErrorsOf = ({ kernel }: Status) => kernel.udpReceiveBufferErrors

const socketDropsOf = ({ kernel }: Status) =>
  kernel.socketDrops.reduce((sum, { drops }) => sum + drops, 0)

/** A 401 for want of a signature and a 438 are how every client begins (RFC 8489 §9.2.4). */
const turnRejectionsOf = ({ turn }: Status) =>
  turn.rejections
    .filter(({ code, why }) => code !== 438 && !(code === 401 && why === 'not signed'))
    .reduce((sum, { count }) => sum + count, 0)
