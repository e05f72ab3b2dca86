import t from 'tap'
import type { Link, RoomSnapshot, Route } from '#sfu'
import { gatherCallFacts } from './call-facts.ts'
import type { Travels } from './travels.ts'

const nothing: Link = {
  lossPercent: undefined,
  jitterMs: undefined,
  rttMs: undefined,
  bitsPerSecond: 0,
}

function roomOf(links: readonly Link[], route?: Route): RoomSnapshot {
  return {
    name: 'garden',
    workerPid: 1,
    startedAtMs: 1,
    participants: links.map((up, n) => ({
      identity: `person ${n}`,
      name: '',
      joinedAtMs: 1,
      transport: route,
      quality: 'good',
      links: { up, down: nothing },
      tracks: [],
    })),
  }
}

function factsOf(rooms: RoomSnapshot[], connectMs: readonly number[] = []) {
  const connects = () => ({ attempts: connectMs.length + 1, failures: 1, connectMs })
  const travels: Travels = {
    refresh: () => undefined,
    of: ({ remoteIp, protocol }) =>
      remoteIp === 'unknown'
        ? undefined
        : { path: protocol, address: remoteIp, family: remoteIp === '::1' ? 'ipv6' : 'ipv4' },
  }
  return gatherCallFacts({ rooms: () => rooms, connects }, travels)
}

t.test('spreads what is measured over all people who are', async (t) => {
  const links = Array.from({ length: 20 }, (_, n) => ({ ...nothing, lossPercent: 20 - n }))
  const { quality } = factsOf([roomOf([nothing, ...links.slice(0, 7)]), roomOf(links.slice(7))])
  t.same(quality.up.lossPercent, { p50: 10, p95: 19 })
  t.equal(quality.up.rttMs, undefined)
  t.same(quality.down, { lossPercent: undefined, jitterMs: undefined, rttMs: undefined })
})

t.test('tells how people’s connections came to be', async (t) => {
  t.same(factsOf([], [300, 500, 700]).connects, {
    attempts: 4,
    failures: 1,
    connectMs: { p50: 500, p95: 700 },
  })
  t.equal(factsOf([]).connects.connectMs, undefined)
})

t.test('counts paths, IP versions, and who is on no path yet', async (t) => {
  const route = (remoteIp: string): Route => ({ protocol: 'tcp', remoteIp, remotePort: 1 })
  const { paths, rooms } = factsOf([
    roomOf([nothing, nothing], route('::1')),
    roomOf([nothing], route('192.0.2.1')),
    roomOf([nothing], route('unknown')),
    roomOf([nothing]),
  ])
  t.match(paths, { tcp: 3, udp: 0, ipv6: 2, ipv4: 1, connecting: 2 })
  t.match(rooms[0]?.participants[0], { path: 'tcp', quality: 'good' })
})

t.test(
  'of very many people some are listed, and none is left out of what is counted',
  async (t) => {
    const crowd = roomOf(Array.from({ length: 1000 }, () => nothing))
    const poor = crowd.participants.map((person, n) => ({
      ...person,
      name: 'x'.repeat(5000),
      quality: n === 999 ? ('poor' as const) : ('good' as const),
    }))
    const { rooms, paths } = factsOf([{ ...crowd, participants: poor }, roomOf([nothing])])
    t.equal(paths.connecting, 1001)
    t.match(
      rooms.map(({ participants, more }) => [participants.length, more]),
      [
        [300, 700],
        [0, 1],
      ],
    )
    t.match(rooms[0]?.participants[0], { identity: 'person 999', quality: 'poor' })
    t.ok(JSON.stringify(rooms).length < 120_000, 'it goes to fifty viewers a second')
  },
)
