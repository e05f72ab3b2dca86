import type {
  ConnectStatus,
  DirectionQuality,
  QualityStatus,
  RoomStatus,
  Spread,
  Status,
} from '#api'
import type { Connects, Link, RoomSnapshot, Sfu } from '#sfu'
import type { Travels } from './travels.ts'

/** What the status tells of the calls. */
export type CallFacts = Pick<Status, 'rooms' | 'paths' | 'quality' | 'connects'>

/** Gathers it, and has the travels read anew; once a second. */
export function gatherCallFacts(sfu: Pick<Sfu, 'rooms' | 'connects'>, travels: Travels): CallFacts {
  travels.refresh()
  const rooms = sfu.rooms()
  return {
    rooms: rooms.map((room) => roomStatus(room, travels)),
    paths: countPaths(rooms, travels),
    quality: qualityOf(rooms),
    connects: connectsOf(sfu.connects()),
  }
}

function roomStatus(room: RoomSnapshot, travels: Travels): RoomStatus {
  return {
    name: room.name,
    startedAtMs: room.startedAtMs,
    participants: room.participants.map((person) => ({
      identity: person.identity,
      name: person.name,
      joinedAtMs: person.joinedAtMs,
      path: person.transport && travels.of(person.transport)?.path,
      quality: person.quality,
      tracks: person.tracks.map(({ source, muted }) => ({ kind: source, muted })),
    })),
  }
}

function countPaths(rooms: readonly RoomSnapshot[], travels: Travels): Status['paths'] {
  const counts = {
    udp: 0,
    tcp: 0,
    'turn-udp': 0,
    'turn-tcp': 0,
    'turn-tls': 0,
    ipv4: 0,
    ipv6: 0,
    connecting: 0,
  }
  for (const { transport } of rooms.flatMap(({ participants }) => participants)) {
    const travel = transport && travels.of(transport)
    counts[travel?.path ?? 'connecting'] += 1
    if (travel) counts[travel.family] += 1
  }
  return counts
}

function qualityOf(rooms: readonly RoomSnapshot[]): QualityStatus {
  const links = rooms.flatMap(({ participants }) => participants).map((person) => person.links)
  return {
    up: directionOf(links.map(({ up }) => up)),
    down: directionOf(links.map(({ down }) => down)),
  }
}

function directionOf(links: readonly Link[]): DirectionQuality {
  return {
    lossPercent: spreadOf(links.map(({ lossPercent }) => lossPercent)),
    jitterMs: spreadOf(links.map(({ jitterMs }) => jitterMs)),
    rttMs: spreadOf(links.map(({ rttMs }) => rttMs)),
  }
}

function connectsOf({ attempts, failures, connectMs }: Connects): ConnectStatus {
  return { attempts, failures, connectMs: spreadOfSorted(connectMs) }
}

function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  return spreadOfSorted(values.filter((value) => value !== undefined).sort((a, b) => a - b))
}

function spreadOfSorted(values: readonly number[]): Spread | undefined {
  const [p50, p95] = [0.5, 0.95].map((part) => values[Math.ceil(part * values.length) - 1])
  return p50 === undefined || p95 === undefined ? undefined : { p50, p95 }
}
