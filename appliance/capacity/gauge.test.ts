import t from 'tap'
import { Gauge } from './gauge.ts'

/** Keeps a load for some seconds, a sample each. */
function play(gauge: Gauge, from: number, seconds: number, percent: number): number {
  for (let second = 0; second <= seconds; second++) gauge.update(percent, (from + second) * 1000)
  return from + seconds + 1
}

t.test('refuses pictures first, then everybody, and takes back one after the other', async (t) => {
  const gauge = new Gauge()
  let at = play(gauge, 0, 60, 84)
  t.equal(gauge.level, 'all')
  at = play(gauge, at, 4, 86)
  t.equal(gauge.level, 'all', 'not at once')
  at = play(gauge, at, 1, 86)
  t.equal(gauge.level, 'no-video')
  at = play(gauge, at, 5, 97)
  t.equal(gauge.level, 'nobody')
  at = play(gauge, at, 60, 90)
  t.equal(gauge.level, 'nobody', 'between the marks nothing changes')
  at = play(gauge, at, 14, 80)
  t.equal(gauge.level, 'nobody')
  at = play(gauge, at, 1, 80)
  t.equal(gauge.level, 'no-video')
  at = play(gauge, at, 60, 76)
  t.equal(gauge.level, 'no-video')
  play(gauge, at, 15, 60)
  t.equal(gauge.level, 'all')
})

t.test('a load that comes and goes does not make it flap', async (t) => {
  const gauge = new Gauge()
  for (let second = 0; second < 100; second++)
    gauge.update(second % 4 === 0 ? 50 : 99, second * 1000)
  t.equal(gauge.level, 'all')
  play(gauge, 100, 5, 99)
  for (let second = 200; second < 300; second++) {
    gauge.update(second % 10 === 0 ? 99 : 50, second * 1000)
  }
  t.equal(gauge.level, 'nobody')
})
