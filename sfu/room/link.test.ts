import t from 'tap'
import { combineLinks, noLink } from './link.ts'

const link = (bitsPerSecond: number, lossPercent: number, jitterMs: number, rttMs: number) => ({
  bitsPerSecond,
  lossPercent,
  jitterMs,
  rttMs,
})

t.test('what carries more counts for more, and jitter is that of the sound', async (t) => {
  const combined = combineLinks([
    { kind: 'audio', link: link(100, 0, 4, 20) },
    { kind: 'video', link: link(900, 10, 25, 30) },
    { kind: 'video', link: noLink },
  ])
  t.same(combined, { bitsPerSecond: 1_000, lossPercent: 9, jitterMs: 4, rttMs: 25 })
})

t.test('without sound the picture’s jitter is told, without anything nothing', async (t) => {
  t.equal(combineLinks([{ kind: 'video', link: link(1, 0, 25, 30) }]).jitterMs, 25)
  t.same(combineLinks([]), noLink)
})
