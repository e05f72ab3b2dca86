import t from 'tap'
import type { HistoryPoint, Status } from '#api'
import { quietPoint } from '../../../server/test/sample-status.ts'
import { CHARTS, chartRows } from './charts.ts'
import { formatBitRate, formatBytes, formatDuration, formatPercent } from './format.ts'
import { kernelWarnings, verdictOf } from './verdict.ts'
import { pathWords, tracksWords } from './wording.ts'

t.test('figures have a unit and few digits', async (t) => {
  t.equal(formatBitRate(0), '0 bit/s')
  t.equal(formatBitRate(999), '999 bit/s')
  t.equal(formatBitRate(999.7), '1.0 kbit/s')
  t.equal(formatBitRate(2_437_000), '2.4 Mbit/s')
  t.equal(formatBitRate(245_100_000), '245 Mbit/s')
  t.equal(formatBitRate(-1), '0 bit/s')
  t.equal(formatBytes(16_777_216), '16.8 MB')
  t.equal(formatPercent(0), '0 %')
  t.equal(formatPercent(3.14), '3.1 %')
  t.equal(formatPercent(9.96), '10 %')
  t.equal(formatPercent(100), '100 %')
  t.equal(formatDuration(-3), '0 s')
  t.equal(formatDuration(59.9), '59 s')
  t.equal(formatDuration(754), '12 min')
  t.equal(formatDuration(3_661), '1 h 1 min')
  t.equal(formatDuration(93_784), '1 day 2 h')
  t.equal(formatDuration(200_000), '2 days 7 h')
})

t.test('the verdict names what fails and why', async (t) => {
  const of = (...services: Status['services']) => verdictOf({ services } as Status)
  const media = { name: 'media', ok: true, detail: 'fine' }
  t.same(of(media), { tone: 'ok', text: 'Everything works: media.' })
  t.same(of(media, { name: 'turn', ok: false, detail: 'port 3478 is taken.' }), {
    tone: 'bad',
    text: 'Needs attention – turn: port 3478 is taken.',
  })
  t.equal(of().tone, 'bad', 'silence is not health')
})

t.test('small kernel buffers come with the command that enlarges them', async (t) => {
  const of = (rmemMaxBytes: number, wmemMaxBytes: number) =>
    kernelWarnings({ kernel: { rmemMaxBytes, wmemMaxBytes } } as Status)
  t.same(of(16_777_216, 16_777_216), [])
  const [both] = of(212_992, 212_992)
  t.match(both?.text, /rmem_max: 213\skB.*wmem_max: 213\skB/)
  t.equal(both?.command, 'sudo npx callbox tune --apply')
  t.notMatch(of(16_777_216, 212_992)[0]?.text, /rmem/)
  t.same(of(0, 0), [], 'a container hides them')
})

t.test('paths and tracks have words', async (t) => {
  t.equal(pathWords('udp'), 'Direct, UDP')
  t.equal(pathWords('turn-tls'), 'Relayed, TURN over TLS')
  t.equal(pathWords(undefined), 'Not connected yet')
  t.equal(tracksWords([]), 'Nothing, only listens')
  t.equal(
    tracksWords([
      { kind: 'microphone', muted: true },
      { kind: 'screen_share', muted: false },
    ]),
    'Microphone (muted), Screen',
  )
})

t.test('each chart says in a sentence what it shows', async (t) => {
  const none = { microphone: 0, camera: 0, screen_share: 0, screen_share_audio: 0, other: 0 }
  const at = (seconds: number, share: number): HistoryPoint => ({
    ...quietPoint(0),
    atMs: seconds * 1000,
    cpuTotalPercent: 10 * share,
    cpuPerCorePercent: [],
    receivedBitsPerSecond: 1000 * share,
    sentBitsPerSecond: 2000 * share,
    participants: share,
    tracks: { ...none, microphone: share },
    turnAllocations: share > 1 ? 1 : 0,
  })
  const points = [at(0, 1), at(300, 4), at(600, 1)]
  const summaries = CHARTS.map((plan) => plan.summary(points))
  t.same(summaries, [
    '10 % now; 20 % on average and 40 % at most in the last 10 minutes.',
    '1.0 kbit/s in and 2.0 kbit/s out now; at most 4.0 kbit/s in and 8.0 kbit/s out in the last 10 minutes.',
    '1 microphone now; at most 4 together in the last 10 minutes.',
    '1 person and 0 TURN allocations now; at most 4 and 1 in the last 10 minutes.',
  ])
  for (const plan of CHARTS) t.match(plan.summary([]), /the last minute/)
})

t.test('a table row sums up half a minute, newest first', async (t) => {
  const at = (atMs: number, cpuTotalPercent: number, participants: number) =>
    ({ atMs, cpuTotalPercent, participants, turnAllocations: 0 }) as HistoryPoint
  const points = [at(0, 10, 1), at(29_999, 30, 3), at(30_000, 50, 2)]
  const [cpu, , , people] = CHARTS
  if (!cpu || !people) throw new Error('there are four charts')
  t.same(chartRows(cpu, points), [
    { fromMs: 30_000, values: [50] },
    { fromMs: 0, values: [20] },
  ])
  t.same(chartRows(people, points)[1]?.values, [3, 0])
})
