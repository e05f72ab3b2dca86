import type {
  CertificateAlarm,
  HistoryPoint,
  ParticipantStatus,
  RoomStatus,
  ServiceStatus,
  Status,
  TrackCounts,
  TrackKind,
} from '#api'
import type { RoomSnapshot, Sfu } from '#sfu'
import type { TurnEngine } from '#turn'
import type { RelayWatch } from './health/relay-watch.ts'
import type { SystemStats } from './telemetry/system-stats.ts'

/** Where the facts of the dashboard come from. */
export type StatusSources = Readonly<{
  version: string
  system: SystemStats
  sfu: Sfu
  turn: TurnEngine
  relay: RelayWatch['latest']
  services: () => readonly ServiceStatus[]
  /** What is wrong with the certificate; `undefined` while nothing is. */
  certificate: () => CertificateAlarm | undefined
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
  { version, system, sfu, turn, relay, services, certificate }: StatusSources,
  rates: Pick<Status['turn'], 'receivedBitsPerSecond' | 'sentBitsPerSecond'>,
): Status {
  const { atMs, cpu, memory, network, kernel } = system.latest()
  const relays = relayTransports(turn)
  const rooms = sfu.rooms().map((room) => roomStatus(room, relays))
  const tracks = rooms.flatMap((room) => room.participants).flatMap((person) => person.tracks)
  const { allocations, byTransport } = turn.stats()
  return {
    version,
    atMs,
    uptimeSeconds: Math.round(process.uptime()),
    cpu,
    memory,
    network,
    kernel,
    rooms,
    participants: rooms.reduce((sum, room) => sum + room.participants.length, 0),
    tracks: { active: countActive(tracks), published: tracks.length },
    turn: { allocations, byTransport, ...rates },
    relay: relay(),
    certificate: certificate(),
    services: services(),
  }
}

function roomStatus(room: RoomSnapshot, relays: ReadonlyMap<number, TurnPath>): RoomStatus {
  return {
    name: room.name,
    startedAtMs: room.startedAtMs,
    participants: room.participants.map(({ identity, name, joinedAtMs, transport, tracks }) => ({
      identity,
      name,
      joinedAtMs,
      path: transport && (relays.get(transport.remotePort) ?? transport.protocol),
      tracks: tracks.map(({ source, muted }) => ({ kind: source, muted })),
    })),
  }
}

type TurnPath = Extract<ParticipantStatus['path'], `turn-${string}`>

/** How each relayed port's client reaches us: media from such a port has come through our TURN. */
function relayTransports(turn: TurnEngine): ReadonlyMap<number, TurnPath> {
  return new Map(
    turn
      .allocations()
      .flatMap(({ relayed, client }) =>
        relayed.map(({ port }) => [port, `turn-${client.transport}`] as const),
      ),
  )
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
  return {
    atMs: status.atMs,
    cpuTotalPercent: status.cpu.totalPercent,
    cpuPerCorePercent: status.cpu.perCorePercent,
    receivedBitsPerSecond: status.network.receivedBitsPerSecond,
    sentBitsPerSecond: status.network.sentBitsPerSecond,
    participants: status.participants,
    tracks: status.tracks.active,
    turnAllocations: status.turn.allocations,
  }
}
