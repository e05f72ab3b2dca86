import t from 'tap'
import { noEngineStats } from '../engine-stats.ts'
import { defaultLimits } from '../server/limits.ts'
import { Quotas } from '../server/quotas.ts'
import type { AllocationRow } from '../turn-engine.ts'
import { WorkerPicture } from './worker-picture.ts'

const address = { family: 4, ip: '127.0.0.1', port: 1 } as const
const row = (id: string): AllocationRow => ({
  id,
  userId: 'anna',
  client: { transport: 'udp', client: address, server: address },
  relayed: [address],
  createdAtMs: 1,
  expiresAtMs: 2,
  fromClient: { packets: 0, bytes: 0 },
  toClient: { packets: 0, bytes: 0 },
})
const ids = (picture: WorkerPicture) => [...picture.rows].map(({ id }) => id)
const limits = { ...defaultLimits, allocationsPerUser: 3 }

t.test('follows the rows of a worker under ids of the whole server', async (t) => {
  const picture = new WorkerPicture(2, new Quotas(limits))
  picture.update({ type: 'report', changed: [row('1'), row('2')], deleted: [] })
  t.same(ids(picture), ['2.1-1', '2.1-2'])
  t.equal(picture.idInWorker('2.1-2'), '2')
  picture.update({ type: 'report', changed: [], deleted: ['1'] })
  t.same(ids(picture), ['2.1-2'])
  t.equal(picture.idInWorker('2.1-1'), undefined)
})

t.test(
  'forgets a dead worker: rows and places go, counters stay, ids do not come back',
  async (t) => {
    const quotas = new Quotas(limits)
    const picture = new WorkerPicture(1, quotas)
    const mine = { userId: 'anna', clientIp: '192.0.2.1', places: 3 }
    t.equal(picture.places.take(mine), 'taken')
    t.equal(quotas.take({ ...mine, places: 1 }), 'userFull')
    const counters = {
      stats: { ...noEngineStats, allocations: 1, bugs: 4 },
      deniedPeers: [],
      usage: new Map(),
    }
    picture.update({ type: 'report', changed: [row('1')], deleted: [], counters })
    picture.forget()
    t.same(ids(picture), [])
    t.equal(quotas.total, 0)
    t.match(picture.stats, [{ allocations: 0, bugs: 4 }])
    picture.update({ type: 'report', changed: [row('1')], deleted: [], counters })
    t.same(ids(picture), ['1.2-1'])
    picture.forget()
    t.match(picture.stats, [{ bugs: 8 }])
  },
)

t.test('gives back no place that its worker does not hold', async (t) => {
  const quotas = new Quotas(limits)
  const mine = { userId: 'anna', clientIp: '192.0.2.1', places: 1 }
  quotas.take(mine)
  const picture = new WorkerPicture(1, quotas)
  t.throws(() => picture.places.release(mine))
  t.equal(quotas.total, 1)
})
