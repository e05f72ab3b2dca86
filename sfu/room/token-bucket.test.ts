import t from 'tap'
import { FakeClock } from './test/fake-clock.ts'
import { TokenBucket } from './token-bucket.ts'

t.test('allows a burst at once, then the rate, and never more than the burst', async (t) => {
  const clock = new FakeClock()
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, clock)
  t.same(
    [1, 2, 3, 4].map(() => bucket.take()),
    [true, true, true, false],
  )
  await clock.advance(500)
  t.same([bucket.take(), bucket.take()], [true, false])
  await clock.advance(60_000)
  t.equal(bucket.take(4), false, 'a refused take takes nothing')
  t.equal(bucket.take(3), true)
})

t.test('what is spent already is taken out, and a debt is paid by time', async (t) => {
  const clock = new FakeClock()
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, clock)
  bucket.drain(4)
  t.ok(bucket.isEmpty())
  await clock.advance(500)
  t.ok(bucket.isEmpty())
  await clock.advance(500)
  t.notOk(bucket.isEmpty())
})
