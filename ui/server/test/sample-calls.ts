import type { CallDetails, CallList, CallParticipant, CallTrack, LinkQuality } from '#api'
import type { CallsAdmin } from '../deps.ts'

/** A way on which little is lost. */
export const goodLink: LinkQuality = {
  lossPercent: 0.1,
  jitterMs: 3.2,
  rttMs: 41,
  bitsPerSecond: 38_000,
}

const lossy: LinkQuality = { lossPercent: 7.4, jitterMs: 48, rttMs: 410, bitsPerSecond: 21_000 }
const unmeasured: LinkQuality = {
  lossPercent: undefined,
  jitterMs: undefined,
  rttMs: undefined,
  bitsPerSecond: 0,
}

function track(sid: string, more: Partial<CallTrack> = {}): CallTrack {
  return {
    sid,
    kind: 'microphone',
    muted: false,
    codec: 'opus',
    link: goodLink,
    score: 10,
    freezes: 0,
    frozenSeconds: 0,
    nacks: 0,
    keyFrameRequests: 0,
    ...more,
  }
}

const anna: Omit<CallParticipant, 'joinedAtMs'> = {
  sid: 'PA_anna',
  identity: 'anna',
  name: 'Anna Archer',
  connectMs: 640,
  quality: 'excellent',
  path: 'udp',
  address: '198.51.100.7',
  client: 'livekit-client 2.23.0, Chrome 156, Linux',
  up: goodLink,
  down: goodLink,
  publishes: [track('TR_anna')],
  receives: [
    {
      trackSid: 'TR_ben',
      from: 'ben',
      kind: 'microphone',
      paused: false,
      link: goodLink,
      score: 8,
    },
    {
      trackSid: 'TR_screen',
      from: 'ben',
      kind: 'screen_share',
      paused: true,
      link: unmeasured,
      score: undefined,
    },
  ],
}

const ben: Omit<CallParticipant, 'joinedAtMs'> = {
  ...anna,
  sid: 'PA_ben',
  identity: 'ben',
  name: 'Ben Baxter',
  quality: 'poor',
  path: 'turn-tls',
  address: '203.0.113.24',
  up: lossy,
  publishes: [
    track('TR_ben', { muted: true, link: lossy, score: 4 }),
    track('TR_screen', {
      kind: 'screen_share',
      codec: 'VP8',
      link: { ...lossy, bitsPerSecond: 1_460_000 },
      score: 6,
      freezes: 2,
      frozenSeconds: 8.4,
      nacks: 120,
      keyFrameRequests: 3,
    }),
  ],
  receives: [
    {
      trackSid: 'TR_anna',
      from: 'anna',
      kind: 'microphone',
      paused: false,
      link: goodLink,
      score: 10,
    },
  ],
}

const carol: Omit<CallParticipant, 'joinedAtMs'> = {
  ...anna,
  sid: 'PA_carol',
  identity: 'carol',
  name: '',
  connectMs: undefined,
  quality: undefined,
  path: undefined,
  address: undefined,
  up: unmeasured,
  down: unmeasured,
  publishes: [],
  receives: [],
}

const who = ({ identity, name }: Pick<CallParticipant, 'identity' | 'name'>) => ({ identity, name })

/** A call of three: one fares well, one badly, one is still connecting. */
export function callDetails(atMs: number): CallDetails {
  const startedAtMs = atMs - 600_000
  return {
    name: 'stand-up',
    sid: 'RM_1',
    atMs,
    startedAtMs,
    endedAtMs: undefined,
    participants: [anna, ben, carol].map((person) => ({ ...person, joinedAtMs: startedAtMs })),
    events: [
      { atMs: startedAtMs, type: 'joined', who: who(anna), text: 'joined' },
      { atMs: startedAtMs + 640, type: 'connected', who: who(anna), text: 'is connected by UDP' },
      { atMs: startedAtMs + 5_000, type: 'joined', who: who(ben), text: 'joined' },
      {
        atMs: startedAtMs + 9_000,
        type: 'path',
        who: who(ben),
        text: 'is relayed by TURN over TLS',
      },
      {
        atMs: startedAtMs + 90_000,
        type: 'loss',
        who: who(ben),
        text: 'lost 7 % of packets for 20 s',
      },
      { atMs: startedAtMs + 95_000, type: 'admin', who: undefined, text: 'An admin looked.' },
    ],
    findings: [
      {
        id: 'loss:ben',
        level: 'warn',
        text: 'Ben Baxter loses 7 % of what they send.',
        fix: 'Ask them to use a cable, or to come closer to their access point.',
        people: [{ room: 'stand-up', identity: 'ben', name: 'Ben Baxter' }],
      },
    ],
  }
}

/** The same call when it is over. */
export function endedDetails(atMs: number): CallDetails {
  return { ...callDetails(atMs), endedAtMs: atMs - 5_000, participants: [], findings: [] }
}

/** Two running calls and one that ended. */
export function callList(atMs: number): CallList {
  const call = { sid: 'RM_1', startedAtMs: atMs - 600_000, endedAtMs: undefined }
  return {
    atMs,
    running: [
      {
        ...call,
        name: 'garden/party',
        sid: 'RM_2',
        participants: 1,
        mostParticipants: 4,
        unhappy: 0,
      },
      { ...call, name: 'stand-up', participants: 3, mostParticipants: 3, unhappy: 1 },
    ],
    ended: [
      {
        ...call,
        name: 'yesterday',
        sid: 'RM_0',
        endedAtMs: atMs - 300_000,
        participants: 0,
        mostParticipants: 12,
        unhappy: 0,
      },
    ],
    findings: callDetails(atMs).findings,
  }
}

/** Calls whose facts the test decides, and what was asked of them. */
export type ScriptedCalls = CallsAdmin & { readonly asked: unknown[]; isGone: boolean }

/** Creates them. */
export function scriptedCalls(facts: () => CallDetails, list: () => CallList): ScriptedCalls {
  const asked: unknown[] = []
  const scripted: ScriptedCalls = {
    asked,
    isGone: false,
    list,
    details: (name) => (name === facts().name ? facts() : undefined),
    record: (name) => (name === facts().name ? { sid: 'RM_1', record: { call: name } } : undefined),
    mute: async (name, trackSid) => {
      asked.push({ mute: [name, trackSid] })
      return !scripted.isGone
    },
    remove: async (name, identity) => {
      asked.push({ remove: [name, identity] })
      return !scripted.isGone
    },
    end: async (name) => {
      asked.push({ end: name })
      return !scripted.isGone
    },
  }
  return scripted
}
