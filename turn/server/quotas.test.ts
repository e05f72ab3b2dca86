import fc from 'fast-check'
import t from 'tap'
import { type PlaceRequest, Quotas } from './quotas.ts'

const limits = { allocations: 5, allocationsPerUser: 3, allocationsPerAddress: 4 }
const ask = (userId: string, clientIp = '192.0.2.1', places = 1): PlaceRequest => ({
  userId,
  clientIp,
  places,
})

t.test('counts per user, per address and in all, and takes all places or none', (t) => {
  const quotas = new Quotas(limits)
  t.equal(quotas.take(ask('alice', '192.0.2.1', 2)), 'taken')
  t.equal(quotas.take(ask('alice', '192.0.2.2', 2)), 'userFull')
  t.equal(quotas.take(ask('bob', '192.0.2.1', 2)), 'taken')
  t.equal(quotas.take(ask('carol')), 'addressFull')
  t.equal(quotas.take(ask('carol', '192.0.2.9')), 'taken')
  t.equal(quotas.take(ask('dave', '192.0.2.10')), 'serverFull')
  quotas.release(ask('bob', '192.0.2.1', 2))
  t.equal(quotas.take(ask('carol')), 'taken')
  t.equal(quotas.total, 4)
  t.end()
})

t.test('takes an IPv6 /64 for one address, and 0 for no limit', (t) => {
  const quotas = new Quotas({ ...limits, allocationsPerAddress: 1 })
  t.equal(quotas.take(ask('alice', '2001:db8::1')), 'taken')
  t.equal(quotas.take(ask('bob', '2001:db8::2')), 'addressFull')
  t.equal(quotas.take(ask('bob', '2001:db8:0:1::2')), 'taken')
  const open = new Quotas({ ...limits, allocationsPerAddress: 0 })
  const answers = ['alice', 'alice', 'bob', 'bob', 'carol'].map((id) => open.take(ask(id)))
  t.ok(answers.every((answer) => answer === 'taken'))
  t.end()
})

t.test('refuses who has no volume left', (t) => {
  const quotas = new Quotas(limits)
  quotas.refuse(new Set(['alice']))
  t.equal(quotas.take(ask('alice')), 'userOverVolume')
  t.equal(quotas.take(ask('bob')), 'taken')
  quotas.refuse(new Set())
  t.equal(quotas.take(ask('alice')), 'taken')
  t.end()
})

t.test('gives back only what was taken', (t) => {
  t.throws(() => new Quotas(limits).release(ask('alice')), { message: /only a taken place/ })
  t.end()
})

t.test('whatever is taken, no limit is passed and giving all back leaves nothing', (t) => {
  const request = fc.record({
    userId: fc.constantFrom('a', 'b', 'c'),
    clientIp: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
    places: fc.integer({ min: 1, max: 2 }),
  })
  const passes = (requests: readonly PlaceRequest[]) => {
    const quotas = new Quotas(limits)
    const taken = requests.filter((one) => quotas.take(one) === 'taken')
    const places = taken.reduce((sum, one) => sum + one.places, 0)
    if (places > limits.allocations || quotas.total !== places) return false
    for (const one of taken) quotas.release(one)
    return quotas.total === 0
  }
  fc.assert(fc.property(fc.array(request), passes))
  t.pass()
  t.end()
})
