import t from 'tap'
import { ASSUMED_SECONDS_PER_PACKET, PacketCost } from './packet-cost.ts'

const near = (value: number, wanted: number) => Math.abs(value / wanted - 1) < 0.05

t.test('assumes until it has measured enough, then learns', async (t) => {
  const cost = new PacketCost()
  cost.add(9_999, 9_999 * 40e-6)
  t.equal(cost.isMeasured, false)
  t.ok(near(cost.secondsPerPacket, ASSUMED_SECONDS_PER_PACKET))
  for (let second = 0; second < 200; second++) cost.add(5_000, 5_000 * 40e-6)
  t.equal(cost.isMeasured, true)
  t.ok(near(cost.secondsPerPacket, 40e-6))
})

t.test('the hundredths that the kernel counts in even out', async (t) => {
  const cost = new PacketCost()
  let used = 0
  for (let second = 0; second < 3_000; second++) {
    const before = Math.floor(used * 100)
    used += 200 * 25e-6
    cost.add(200, (Math.floor(used * 100) - before) / 100)
  }
  t.ok(near(cost.secondsPerPacket, 25e-6), `${cost.secondsPerPacket}`)
})

t.test('a window that cannot be moves it little, and nonsense not at all', async (t) => {
  const cost = new PacketCost()
  for (let second = 0; second < 200; second++) cost.add(10_000, 10_000 * 20e-6)
  cost.add(10_000, 30)
  t.ok(cost.secondsPerPacket < 24e-6, `${cost.secondsPerPacket}`)
  const before = cost.secondsPerPacket
  for (const [packets, seconds] of [
    [-5, 1],
    [0, 1],
    [1e5, -1],
    [Number.NaN, 1],
    [1e5, Number.NaN],
  ] as const) {
    cost.add(packets, seconds)
  }
  t.equal(cost.secondsPerPacket, before)
  for (let second = 0; second < 500; second++) cost.add(10_000, 0)
  t.ok(cost.secondsPerPacket >= 2e-6, 'a packet is never free')
})
