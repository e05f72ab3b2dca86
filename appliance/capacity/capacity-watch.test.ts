import t from 'tap'
import { type CallFacts, type CapacitySample, CapacityWatch } from './capacity-watch.ts'
import type { Readings } from './readings.ts'

const noTraffic = { packets: 0, bytes: 0 }
const bothWays = { fromClients: noTraffic, toClients: noTraffic }
const noPaths = { udp: 0, tcp: 0, 'turn-udp': 0, 'turn-tcp': 0, 'turn-tls': 0 }

const microphone = { kind: 'audio', source: 'microphone', muted: false } as const
const picture = (source: string) => ({ kind: 'video', source, muted: false }) as const

/** A call whose first people have open microphones. */
function call(name: string, people: number, talking: number, workerPid = 1): CallFacts {
  const participants = Array.from({ length: people }, (_, index) => ({
    tracks: index < talking ? [microphone] : [],
    links: { up: { bitsPerSecond: 0 } },
  }))
  return { name, workerPid, participants }
}

function idleState() {
  return {
    rooms: [] as CallFacts[],
    /** Shares of a core by process id. */
    busy: new Map([
      [1, 0],
      [2, 0],
    ]),
    /** The workers' own, of which one in twenty comes to them. */
    packetsPerSecond: 0,
    relayedPerSecond: 0,
    overTcp: 0,
    stealPercent: 0,
    totalPercent: 10,
    sentBitsPerSecond: 0,
    logged: [] as string[],
  }
}

function sampleOf(state: ReturnType<typeof idleState>, relayed: number): CapacitySample {
  return {
    cpu: {
      totalPercent: state.totalPercent,
      perCorePercent: [0, 0],
      loadAverage1m: 0,
      stealPercent: state.stealPercent,
      softirqPercent: 0,
      cores: [],
    },
    memory: { totalBytes: 8e9, usedBytes: 1e9, processRssBytes: 0 },
    network: {
      receivedBitsPerSecond: 0,
      sentBitsPerSecond: state.sentBitsPerSecond,
      receivedPacketsPerSecond: 0,
      sentPacketsPerSecond: 0,
      linkBitsPerSecond: 1e9,
      interfaces: [],
    },
    paths: { ...noPaths, tcp: state.overTcp, ipv4: 0, ipv6: 0, connecting: 0 },
    participants: state.rooms.reduce((sum, { participants }) => sum + participants.length, 0),
    rooms: state.rooms,
    workers: [...state.busy.keys()].map((pid) => ({
      pid,
      alive: true,
      rooms: state.rooms.filter(({ workerPid }) => workerPid === pid).length,
    })),
    turn: {
      allocations: 0,
      traffic: {
        udp: { ...bothWays, toClients: { packets: relayed, bytes: 0 } },
        tcp: bothWays,
        tls: bothWays,
      },
    },
  }
}

/** A machine with two media workers whose work the test decides, a second at a time. */
function machine(admission: 'auto' | 'off' = 'auto') {
  const state = idleState()
  const used = new Map<number, number>()
  const seen = { packets: 0, relayed: 0, ms: 0 }
  const readings: Readings = {
    processorSeconds: (pid) => used.get(pid),
    udp: () => ({
      received: seen.relayed + seen.packets * 0.05,
      sent: seen.relayed + seen.packets * 0.95,
    }),
  }
  const watch = new CapacityWatch({
    admission,
    relayPlaces: 100,
    readings,
    nowMs: () => seen.ms,
    log: {
      info: (_facts, message) => void state.logged.push(message),
      warn: (_facts, message) => void state.logged.push(message),
    },
  })
  const second = () => {
    seen.ms += 1000
    seen.packets += state.packetsPerSecond
    seen.relayed += state.relayedPerSecond
    for (const [pid, share] of state.busy) used.set(pid, (used.get(pid) ?? 0) + share)
    return watch.refresh(sampleOf(state, seen.relayed))
  }
  const seconds = (count: number) => {
    let latest = second()
    for (let done = 1; done < count; done++) latest = second()
    return latest
  }
  return { state, watch, seconds }
}

t.test('without a call and a measure it says what it assumes', async (t) => {
  const capacity = machine().seconds(3)
  t.match(capacity, { admission: 'all', reason: undefined, limit: 'media-worker' })
  t.match(
    capacity.basis,
    /^Not measured on this machine yet.*assumed: a packet that comes 100 µs.*one that goes 14 µs.*No call runs.*30 people with 3/,
  )
  t.ok((capacity.listeners ?? 0) > 100)
})

t.test('learns what a packet costs here, without what TURN relays', async (t) => {
  const { state, seconds } = machine()
  state.rooms = [call('standup', 30, 3), call('small', 2, 2, 2)]
  state.busy.set(1, 0.2)
  state.packetsPerSecond = 5_000
  state.relayedPerSecond = 5_000
  const { basis } = seconds(1_200)
  t.match(basis, /^Measured on this machine: .*standup: 30 people, 3 open/)
  // each relayed packet comes to the relay and leaves it; 250 come to the workers, and 4,750 go
  const [, received, sent] = /comes (\d+) µs.*goes (\d+) µs/.exec(basis) ?? []
  const load = (250 * Number(received) + 4_750 * Number(sent)) / 1e6
  t.ok(load > 0.18 && load < 0.21, basis)
})

t.test('learns nothing while many come over TCP, whose packets are no datagrams', async (t) => {
  const { state, seconds } = machine()
  state.rooms = [call('standup', 30, 3)]
  state.busy.set(1, 0.2)
  state.packetsPerSecond = 5_000
  state.overTcp = 4
  t.match(seconds(1_200).basis, /^Not measured on this machine yet/)
  state.overTcp = 3
  t.match(seconds(1_200).basis, /^Measured on this machine/)
})

t.test('refuses pictures and then people in the call whose worker is at its limit', async (t) => {
  const { state, watch, seconds } = machine()
  state.rooms = [call('large', 300, 3), call('small', 2, 2, 2)]
  state.busy.set(1, 0.9)
  let capacity = seconds(20)
  t.match(capacity, {
    admission: 'no-video',
    screens: 0,
    reason: /screens are|screens and cameras/,
  })
  t.match(watch.admit({ kind: 'video', room: 'large' }), /so that everybody can still hear/)
  t.equal(watch.admit({ kind: 'join', room: 'large' }), undefined)
  t.equal(watch.admit({ kind: 'video', room: 'small' }), undefined, 'the other worker has room')
  state.busy.set(1, 0.99)
  capacity = seconds(20)
  t.match(capacity, { admission: 'nobody', listeners: 0, speakers: 0, screens: 0 })
  t.match(watch.admit({ kind: 'validate', room: 'large' }), /nobody else is let in/)
  t.match(watch.admit({ kind: 'join', room: 'large' }), /nobody else is let in/)
  t.equal(watch.admit({ kind: 'join', room: 'a new one' }), undefined)
  state.busy.set(1, 0.1)
  capacity = seconds(40)
  t.match(capacity, { admission: 'all', reason: undefined, refused: { video: 1, joins: 1 } })
  t.equal(watch.admit({ kind: 'join', room: 'large' }), undefined)
  t.equal(state.logged.length, 3, 'each change is logged once')
})

t.test('stolen time counts as lost', async (t) => {
  const { state, seconds } = machine()
  state.rooms = [call('large', 300, 3)]
  state.busy.set(1, 0.5)
  t.equal(seconds(20).admission, 'all')
  state.stealPercent = 45
  t.equal(seconds(20).admission, 'no-video')
})

t.test('a screen that a worker could not carry is refused before it is felt', async (t) => {
  const { state, watch, seconds } = machine()
  state.rooms = [call('large', 300, 3)]
  state.busy.set(1, 0.6)
  state.packetsPerSecond = 45_000
  t.equal(seconds(30).admission, 'all')
  t.match(watch.admit({ kind: 'video', room: 'large' }), /at its limit/)
  state.rooms = [call('large', 30, 3)]
  seconds(1)
  t.equal(watch.admit({ kind: 'video', room: 'large' }), undefined)
})

t.test(
  'a screen counts as the largest that runs, and one that stands still as assumed',
  async (t) => {
    const { state, seconds } = machine()
    const sending = (bitsPerSecond: number, ...sources: string[]) => {
      const tracks = [microphone, ...sources.map(picture)]
      const one = { tracks, links: { up: { bitsPerSecond } } }
      const standup = call('standup', 29, 3)
      state.rooms = [{ ...standup, participants: [...standup.participants, one] }]
      return seconds(1)
    }
    const assumed = sending(100_000, 'screen_share')
    t.match(assumed.basis, /1\.5 Mbit\/s for a screen/)
    const large = sending(4_564_000, 'screen_share')
    t.match(large.basis, /4\.5 Mbit\/s for a screen/)
    t.ok((large.screens ?? 0) > 0 && (large.screens ?? 0) <= (assumed.screens ?? 0) / 2)
    const both = sending(4_564_000, 'screen_share', 'camera')
    t.match(both.basis, /1\.5 Mbit\/s for a screen/, 'which of the two takes how much is not known')
  },
)

t.test('a machine that others keep busy refuses nobody', async (t) => {
  const { state, seconds } = machine()
  state.rooms = [call('small', 3, 3)]
  state.busy.set(1, 0.05)
  state.totalPercent = 100
  t.match(seconds(30), { admission: 'all', listeners: 0, limit: 'cpu' })
  state.busy.set(1, 0.6)
  t.equal(seconds(30).admission, 'nobody')
})

t.test('a full link counts, and so does nothing where the option is off', async (t) => {
  const full = machine()
  full.state.sentBitsPerSecond = 0.9e9
  t.equal(full.seconds(20).admission, 'no-video')
  const off = machine('off')
  off.state.rooms = [call('large', 300, 3)]
  off.state.busy.set(1, 1)
  t.match(off.seconds(30), { admission: 'all', refused: { video: 0, joins: 0 } })
  t.equal(off.watch.admit({ kind: 'join', room: 'large' }), undefined)
})

t.test('a worker that is gone leaves nothing behind', async (t) => {
  const { state, seconds } = machine()
  state.busy.set(1, 1)
  t.equal(seconds(20).admission, 'nobody')
  state.busy.delete(1)
  t.equal(seconds(1).admission, 'all')
})
