import type { CallDetails, CallEvent, CallParticipant } from '#api'
import type { OwnFacts } from '../own-facts.ts'

const FINE_LINK = { lossPercent: 0.2, jitterMs: 4, rttMs: 30, bitsPerSecond: 40_000 }

/** When the sample calls are looked at. */
export const NOW_MS = 1_800_000_000_000

/** Nothing of our own is wrong. */
export const OWN: OwnFacts = {
  ports: { udp: 8443, tcp: 8443, turn: 3478 },
  strain: [],
  relaysRefused: 0,
}

/** Somebody who is well, but for what is given. */
export function person(identity: string, more: Partial<CallParticipant> = {}): CallParticipant {
  return {
    sid: `PA_${identity}`,
    identity,
    name: identity,
    joinedAtMs: NOW_MS - 600_000,
    connectMs: 400,
    quality: 'excellent',
    path: 'udp',
    address: '203.0.113.7',
    client: 'livekit-client 2.23.0, Chrome 156, Linux',
    up: FINE_LINK,
    down: FINE_LINK,
    publishes: [],
    receives: [],
    ...more,
  }
}

/** A link that loses so much. */
export function losing(lossPercent: number): CallParticipant['up'] {
  return { ...FINE_LINK, lossPercent }
}

/** A call of these people. */
export function callOf(
  participants: readonly CallParticipant[],
  more: Partial<CallDetails> = {},
): CallDetails {
  return {
    name: 'stand-up',
    sid: 'RM_1',
    atMs: NOW_MS,
    startedAtMs: NOW_MS - 900_000,
    endedAtMs: undefined,
    participants,
    events: [],
    findings: [],
    ...more,
  }
}

/** A picture that stood still. */
export function freeze(identity: string, atMs: number): CallEvent {
  return { atMs, type: 'freeze', who: { identity, name: identity }, text: 'video stood still' }
}
