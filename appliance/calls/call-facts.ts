import type {
  ConnectStatus,
  DirectionQuality,
  ParticipantStatus,
  QualityStatus,
  RoomStatus,
  Spread,
  Status,
} from '#api'
import type { Connects, Link, RoomSnapshot, Sfu } from '#sfu'
import type { Travels } from './travels.ts'

/** People that the status lists, over all calls. */
const MOST_LISTED = 300

/** Characters of a name that the status tells. */
const MOST_NAME = 200

type Person = RoomSnapshot['participants'][number]

/** What the status tells of the calls. */
export type CallFacts = Pick<Status, 'rooms' | 'paths' | 'quality' | 'connects'>

/** Gathers it, and has the travels read anew; once a second. */
export function gatherCallFacts(sfu: Pick<Sfu, 'rooms' | 'connects'>, travels: Travels): CallFacts {
  travels.refresh()
  const rooms = sfu.rooms()
  return {
    rooms: listRooms(rooms, travels),
    paths: countPaths(rooms, travels),
    quality: qualityOf(rooms),
    connects: connectsOf(sfu.connects()),
  }
}

/** Of many people only some are listed: what is made here goes to every viewer, once a second. */
function listRooms(rooms: readonly RoomSnapshot[], travels: Travels): readonly RoomStatus[] {
  const participants = rooms.reduce((sum, room) => sum + room.participants.length, 0)
  let left = MOST_LISTED
  return rooms.map((room) => {
    const people =
      participants > MOST_LISTED
        ? room.participants.toSorted((a, b) => troubleOf(b) - troubleOf(a)).slice(0, left)
        : room.participants
    left -= people.length
    const more = room.participants.length - people.length
    return {
      name: room.name,
      startedAtMs: room.startedAtMs,
      participants: people.map((person) => personStatus(person, travels)),
      ...(more > 0 && { more }),
    }
  })
}

function troubleOf({ quality }: Person): number {
  return quality === 'poor' || quality === 'lost' ? 1 : 0
}

function personStatus(person: Person, travels: Travels): ParticipantStatus {
  return {
    identity: person.identity,
    name: person.name.slice(0, MOST_NAME),
    joinedAtMs: person.joinedAtMs,
    path: person.transport && travels.of(person.transport)?.path,
    quality: person.quality,
    tracks: person.tracks.map(({ source, muted }) => ({ kind: source, muted })),
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
