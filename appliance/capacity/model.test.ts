import t from 'tap'
import { type CapacityFacts, estimateRoom, shareOfCall } from './model.ts'

/** Two idle cores on which a packet that goes takes 10 µs and one that comes 40 µs, and a call of 30 with 3 open microphones. */
const idle: CapacityFacts = {
  costs: { worker: 0.01, received: 40e-6, sent: 10e-6 },
  call: { people: 30, speakers: 3 },
  worker: { busy: 0, steal: 0 },
  machine: { busy: 0, cores: 2 },
  network: { sentBitsPerSecond: 0, linkBitsPerSecond: undefined },
  memory: { usedBytes: 0, totalBytes: 8e9 },
}

t.test('a listener takes the packets of the open microphones of a media worker', async (t) => {
  // 85 % of a core, 3 microphones of 50 packets a second, 10 µs each
  t.match(estimateRoom(idle), { listeners: 566, limit: 'media-worker' })
  t.match(estimateRoom({ ...idle, worker: { busy: 0.7, steal: 0 } }), { listeners: 100 })
  t.match(estimateRoom({ ...idle, worker: { busy: 0.9, steal: 0 } }), { listeners: 0, screens: 0 })
})

t.test('a speaker is heard by all, those who came with them too', async (t) => {
  const call = { people: 2, speakers: 1 }
  // k more: k² + 2k streams sent, and k received that cost four times as much, of 1,700 that fit
  const { speakers } = estimateRoom({ ...idle, call })
  const cost = (count: number) => count ** 2 + 6 * count
  t.equal(speakers, 38)
  t.ok(cost(speakers) <= 1_700 && cost(speakers + 1) > 1_700)
})

t.test('a screen goes to everybody else at once', async (t) => {
  const { screens } = estimateRoom(idle)
  // 170 packets a second come, and go to 29
  t.equal(screens, Math.floor(85_000 / ((29 + 4) * (1_500_000 / 8 / 1_100))))
})

t.test('says what runs out first', async (t) => {
  const limitOf = (more: Partial<CapacityFacts>) => estimateRoom({ ...idle, ...more })
  t.match(limitOf({ machine: { busy: 0.65, cores: 2 } }), { limit: 'cpu', listeners: 51 })
  t.match(limitOf({ worker: { busy: 0, steal: 0.5 } }), { limit: 'media-worker', listeners: 283 })
  t.match(limitOf({ network: { sentBitsPerSecond: 0, linkBitsPerSecond: 10e6 } }), {
    limit: 'network',
    listeners: 41,
    screens: 0,
  })
  t.match(limitOf({ memory: { usedBytes: 7.18e9, totalBytes: 8e9 } }), {
    limit: 'memory',
    listeners: 10,
  })
  const relay = { used: 90, total: 100, share: 0.5 }
  t.match(limitOf({ relay }), { limit: 'relay', listeners: 20 })
  t.match(limitOf({ relay: { ...relay, share: 0 } }), { limit: 'media-worker' })
})

t.test('a whole call takes what its worker takes at all, and its packets each way', async (t) => {
  const share = shareOfCall({ people: 30, speakers: 3 }, idle.costs)
  t.ok(Math.abs(share - (0.01 + 150 * 40e-6 + 87 * 50 * 10e-6)) < 1e-9, `${share}`)
})
