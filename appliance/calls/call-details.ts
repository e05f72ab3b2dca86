import type { CallDetails, CallParticipant, CallSummary, CallTrack, ReceivedTrack } from '#api'
import type { CallPerson, CallSnapshot } from '#sfu'
import { wordEvents } from './event-words.ts'
import type { Travels } from './travels.ts'

/** A call as the page shows it; what is found wrong with it is for others to say. */
export function callDetails(
  { name, sid, startedAtMs, endedAtMs, people, events }: CallSnapshot,
  travels: Travels,
  atMs: number,
): CallDetails {
  return {
    name,
    sid,
    atMs,
    startedAtMs,
    endedAtMs,
    participants: people.map((person) => participantOf(person, travels)),
    events: wordEvents(events, travels),
    findings: [],
  }
}

/** A call as the list shows it. */
export function callSummary(call: CallSnapshot): CallSummary {
  const { name, sid, startedAtMs, endedAtMs, mostParticipants } = call
  const present = endedAtMs === undefined ? call.people : []
  return {
    name,
    sid,
    startedAtMs,
    endedAtMs,
    participants: present.length,
    mostParticipants,
    unhappy: present.filter(({ quality }) => quality === 'poor' || quality === 'lost').length,
  }
}

function participantOf(person: CallPerson, travels: Travels): CallParticipant {
  const { sid, identity, name, joinedAtMs, connectMs, quality, client, route, links } = person
  const travel = route && travels.of(route)
  return {
    sid,
    identity,
    name,
    joinedAtMs,
    connectMs,
    quality,
    path: travel?.path,
    address: travel?.address,
    client: client ?? '',
    up: links.up,
    down: links.down,
    publishes: person.publishes.map(trackOf),
    receives: person.receives.map(receivedOf),
  }
}

function trackOf({ source, frozenMs, ...track }: CallPerson['publishes'][number]): CallTrack {
  return { ...track, kind: source, frozenSeconds: Math.round(frozenMs / 100) / 10 }
}

function receivedOf({ source, ...track }: CallPerson['receives'][number]): ReceivedTrack {
  return { ...track, kind: source }
}
