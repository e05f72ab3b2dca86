import t from 'tap'
import { Stillness } from './stillness.ts'

t.test('a picture that nothing comes for during two seconds stands still', async (t) => {
  const stillness = new Stillness()
  t.equal(stillness.measure(100, 0), undefined)
  t.equal(stillness.measure(200, 1_000), undefined)
  t.equal(stillness.measure(200, 2_900), undefined)
  t.same(stillness.measure(200, 3_000), { state: 'begins' })
  t.equal(stillness.measure(200, 4_000), undefined, 'is told once')
  t.equal(stillness.frozenMs(4_000), 3_000, 'counts while it goes on')
  t.same(stillness.measure(300, 6_000), { state: 'ends', lastedMs: 5_000 })
  t.equal(stillness.freezes, 1)
  t.equal(stillness.frozenMs(9_000), 5_000)
})

t.test('what never came does not stand still, and what is muted may', async (t) => {
  const stillness = new Stillness()
  t.equal(stillness.measure(0, 0), undefined)
  t.equal(stillness.measure(0, 9_000), undefined)
  stillness.measure(100, 10_000)
  t.equal(stillness.restart(60_000), undefined, 'unmuted after a while')
  t.equal(stillness.measure(100, 61_000), undefined)
  t.equal(stillness.freezes, 0)
})
