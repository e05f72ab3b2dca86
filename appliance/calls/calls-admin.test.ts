import t from 'tap'
import type { CallDetails, Verdict } from '#api'
import type { CallEvent, CallPerson, CallSnapshot, Route } from '#sfu'
import { createCallsBoard } from './calls-admin.ts'
import { networkOf } from './redacted-record.ts'
import type { Travels } from './travels.ts'

const link = { lossPercent: 1, jitterMs: 2, rttMs: 3, bitsPerSecond: 4 }
const straight: Route = { protocol: 'udp', remoteIp: '198.51.100.7', remotePort: 1 }
const overTcp: Route = { protocol: 'tcp', remoteIp: '198.51.100.7', remotePort: 2 }
const travels: Travels = {
  refresh: () => undefined,
  of: ({ protocol, remoteIp }) => ({ path: protocol, address: remoteIp, family: 'ipv4' }),
}

function person(identity: string, more: Partial<CallPerson> = {}): CallPerson {
  return {
    sid: `PA_${identity.length}`,
    identity,
    name: identity.toUpperCase(),
    joinedAtMs: 1,
    connectMs: 800,
    quality: 'good',
    route: straight,
    client: undefined,
    links: { up: link, down: link },
    publishes: [
      {
        sid: `TR_${identity.length}`,
        source: 'camera',
        muted: false,
        codec: 'VP8',
        link,
        score: 10,
        freezes: 1,
        frozenMs: 2_340,
        nacks: 5,
        keyFrameRequests: 6,
      },
    ],
    receives: [],
    ...more,
  }
}

const anna = { identity: 'anna', name: 'ANNA' }
const ben = { identity: 'ben', name: 'BEN' }

const events: readonly CallEvent[] = [
  { atMs: 1, who: anna, type: 'joined' },
  { atMs: 2, who: anna, type: 'connected', afterMs: 812, route: straight },
  { atMs: 3, who: anna, type: 'path', route: { ...straight, remotePort: 9 } },
  { atMs: 4, who: anna, type: 'path', route: overTcp },
  { atMs: 5, who: anna, type: 'path', route: { ...overTcp, remoteIp: '192.0.2.1' } },
  { atMs: 6, who: anna, type: 'loss', way: 'up', burst: { state: 'begins', percent: 8.4 } },
  {
    atMs: 7,
    who: anna,
    type: 'loss',
    way: 'down',
    burst: { state: 'ends', percent: 12, lastedMs: 34_000 },
  },
  { atMs: 8, who: anna, type: 'freeze', source: 'screen_share', burst: { state: 'begins' } },
  {
    atMs: 9,
    who: anna,
    type: 'freeze',
    source: 'camera',
    burst: { state: 'ends', lastedMs: 4_000 },
  },
  { atMs: 10, who: anna, type: 'disconnected', what: 'signal' },
  { atMs: 11, who: anna, type: 'reconnected', what: 'signal', afterMs: 2_100 },
  { atMs: 12, who: anna, type: 'unmuted', source: 'microphone' },
  { atMs: 13, who: ben, type: 'refused', why: 'the call is full' },
  { atMs: 14, who: anna, type: 'admin', action: 'mute', source: 'microphone' },
  { atMs: 15, who: anna, type: 'left', reason: 'clientLeft', connected: false },
  { atMs: 16, who: undefined, type: 'ended', reason: 'roomDeleted' },
]

function call(name: string, more: Partial<CallSnapshot> = {}): CallSnapshot {
  return {
    name,
    sid: `RM_${name}`,
    startedAtMs: 1,
    endedAtMs: undefined,
    mostParticipants: 3,
    people: [person('anna')],
    events: [],
    ...more,
  }
}

function boardOn(
  running: CallSnapshot[],
  options: { ended?: CallSnapshot[]; diagnose?: (of: readonly CallDetails[]) => Verdict[] } = {},
) {
  const { ended = [], ...more } = options
  const clock = { nowMs: 10_000 }
  const asked: string[] = []
  const act = (what: string) => async (room: string, of?: string) => {
    asked.push([what, room, of].filter((part) => part !== undefined).join(' '))
    return true
  }
  const board = createCallsBoard({
    sfu: {
      calls: () => {
        asked.push('calls')
        return running
      },
      endedCalls: () => ended,
      muteTrack: act('mute'),
      removeParticipant: act('remove'),
      endRoom: act('end'),
    },
    travels,
    nowMs: () => clock.nowMs,
    ...more,
  })
  return { board, clock, asked }
}

t.test('tells of a call who is in it, and how they fare', async (t) => {
  const { board } = boardOn([call('garden')])
  t.match(board.details('garden'), {
    name: 'garden',
    atMs: 10_000,
    participants: [
      {
        identity: 'anna',
        path: 'udp',
        address: '198.51.100.7',
        client: '',
        up: link,
        publishes: [{ kind: 'camera', codec: 'VP8', freezes: 1, frozenSeconds: 2.3, nacks: 5 }],
      },
    ],
  })
  t.equal(board.details('attic'), undefined)
})

t.test('says in words what happened', async (t) => {
  const { board } = boardOn([call('garden', { events })])
  t.same(
    board.details('garden')?.events.map(({ text }) => text),
    [
      'Joined.',
      'Media flowed after 0.8 s, straight over UDP.',
      'Media goes straight over TCP now.',
      'Came to another address; media still goes straight over TCP.',
      'Packets are lost from them to us: 8 %.',
      'The loss from us to them ended after 34 s; it was up to 12 %.',
      'The picture of the screen stands still: nothing arrives.',
      'The picture of the camera moves again, after 4.0 s.',
      'The connection to the server was lost.',
      'The connection to the server came back after 2.1 s.',
      'Unmuted the microphone.',
      'Refused: the call is full.',
      'An admin muted the microphone.',
      'Left before any media flowed.',
      'The call ended. An admin ended the call.',
    ],
  )
})

t.test('lists calls that run and that ended, and counts who fares badly', async (t) => {
  const people = [person('anna', { quality: 'poor' }), person('ben', { quality: 'lost' })]
  const { board } = boardOn([call('garden', { people: [...people, person('carol')] })], {
    ended: [call('attic', { endedAtMs: 5 }), call('attic', { sid: 'RM_older', endedAtMs: 4 })],
  })
  t.match(board.list(), {
    running: [{ name: 'garden', participants: 3, mostParticipants: 3, unhappy: 2 }],
    ended: [{ name: 'attic', endedAtMs: 5, participants: 0, unhappy: 0 }, { sid: 'RM_older' }],
  })
  t.equal(board.details('attic')?.sid, 'RM_attic', 'the latest of that name')
})

t.test('gathers once a second for all who ask, and anew after a change', async (t) => {
  const { board, clock, asked } = boardOn([call('garden')])
  board.list()
  board.details('garden')
  board.running()
  t.same(asked, ['calls'])
  clock.nowMs += 1_000
  board.list()
  t.same(asked, ['calls', 'calls'])
  await board.mute('garden', 'TR_1')
  await board.remove('garden', 'anna')
  await board.end('garden')
  board.list()
  t.same(asked.slice(2), ['mute garden TR_1', 'remove garden anna', 'end garden', 'calls'])
})

t.test('shows at a call what was found about its people', async (t) => {
  const finding = (id: string, room: string): Verdict => ({
    id,
    level: 'warn',
    text: '',
    fix: '',
    people: [{ room, ...anna }],
  })
  const diagnose = () => [finding('a', 'garden'), finding('b', 'attic')]
  const { board } = boardOn([call('garden')], { diagnose })
  t.equal(board.list().findings.length, 2)
  t.match(board.details('garden')?.findings, [{ id: 'a' }])
})

t.test('hands on a record without names and addresses', async (t) => {
  const receives = [
    { trackSid: 'TR_4', from: 'anna', source: 'camera', paused: false, link, score: 9 } as const,
  ]
  const people = [person('anna'), person('ben', { receives })]
  const { board } = boardOn([call('the garden of anna', { sid: 'RM_1', people, events })])
  const found = board.record('the garden of anna')
  const text = JSON.stringify(found?.record)
  t.notMatch(text, /ben|198\.51\.100\.7|192\.0\.2|garden|ANNA|"anna"/i)
  t.match(found?.record, {
    participants: [
      { who: 'person 1', network: '198.51.100.x', up: link },
      { who: 'person 2', receives: [{ from: 'person 1' }] },
    ],
    events: [{ who: 'person 1', type: 'joined', text: 'Joined.' }],
  })
  t.equal(board.record('none'), undefined)
})

t.test('of an address the network is left', async (t) => {
  t.equal(networkOf('203.0.113.77'), '203.0.113.x')
  t.equal(networkOf('2001:db8:77:1:2:3:4:5'), '2001:db8:77::x')
  t.equal(networkOf('2001:db8::5'), '2001:db8:0::x')
  t.equal(networkOf('::1'), '0:0:0::x')
  t.equal(networkOf('::ffff:203.0.113.77'), '0:0:0::x')
  t.equal(networkOf('nonsense'), '')
})
