import t from 'tap'
import type { HistoryPoint } from '#api'
import { busyPoint, quietPoint } from '../../../server/test/sample-status.ts'
import { chartCsv, fileName } from './chart-csv.ts'
import { CHARTS, type ChartPlan } from './chart-plans.ts'
import { chartColumns, chartSummary, chartTable, pointAt, stretchWords } from './charts.ts'

function planOf(id: string): ChartPlan {
  const plan = CHARTS.find((each) => each.id === id)
  if (plan === undefined) throw new Error(`there is no chart ${id}`)
  return plan
}

function viewOf(points: readonly HistoryPoint[], stepMs = 1000) {
  return { points, stepMs, span: { fromMs: points[0]?.atMs ?? 0, toMs: points.at(-1)?.atMs ?? 0 } }
}

const at = (seconds: number, share: number): HistoryPoint => ({
  ...quietPoint(seconds * 1000),
  cpuTotalPercent: 10 * share,
  cpuStealPercent: 0,
  cpuSoftirqPercent: 0,
  receivedBitsPerSecond: 1000 * share,
  sentBitsPerSecond: 2000 * share,
  participants: share,
  turnRejections: share,
})

t.test('has a chart of everything that history keeps', async (t) => {
  const names = CHARTS.map(({ id }) => id)
  t.equal(new Set(names).size, CHARTS.length, 'each once')
  const point = busyPoint(0)
  const flat = (value: unknown): number =>
    typeof value === 'number'
      ? 1
      : Object.values(value ?? {}).reduce((n: number, v) => n + flat(v), 0)
  // Not drawn: the moment, and the cores one by one.
  const kept = flat(point) - 1 - point.cpuPerCorePercent.length
  t.equal(
    CHARTS.reduce((sum, { lines }) => sum + lines.length, 0),
    kept,
  )
})

t.test('breaks the line where nothing was recorded', async (t) => {
  const { seconds, lines } = chartColumns(planOf('cpu'), viewOf([at(0, 1), at(1, 2), at(10, 3)]))
  t.same(seconds, [0, 1, 2, 10])
  t.same(lines[0], [10, 20, null, 30])
  t.same(lines[1], [null, null, null, null], 'what stays at zero is not drawn over the rest')
})

t.test('one late point is no gap', async (t) => {
  t.same(chartColumns(planOf('cpu'), viewOf([at(0, 1), at(2, 2)])).seconds, [0, 2])
})

t.test('finds the point of a moment, none in a gap', async (t) => {
  const view = viewOf([at(0, 1), at(1, 2), at(10, 3)])
  t.equal(pointAt(view, 1400)?.participants, 2)
  t.equal(pointAt(view, 10_000)?.participants, 3)
  t.equal(pointAt(view, 6000), undefined)
  t.equal(pointAt(view, -1), undefined)
})

t.test('says in a sentence what it shows', async (t) => {
  const view = viewOf([at(0, 1), at(300, 4), at(600, 1)])
  t.equal(chartSummary(planOf('cpu'), view), 'At most: All cores 40 %.')
  t.equal(chartSummary(planOf('bandwidth'), view), 'At most: In 4.0 kbit/s, Out 8.0 kbit/s.')
  t.equal(chartSummary(planOf('turn-rejections'), view), 'In all: 6.')
  t.equal(chartSummary(planOf('rtt'), view), 'Nothing was measured.')
  t.equal(chartSummary(planOf('cpu'), undefined), 'Nothing was measured.')
  t.equal(stretchWords('24h', undefined), 'the last 24 hours')
  t.match(stretchWords('24h', { fromMs: 0, toMs: 60_000 }), /^the time from .+ to .+/)
})

t.test('a table row sums up its step, newest first', async (t) => {
  const points = [at(0, 1), at(29, 3), at(30, 5), at(600, 1)]
  const cpu = chartTable(planOf('cpu'), viewOf(points))
  t.equal(cpu.stepMs, 30_000)
  t.same(
    cpu.rows.map(({ fromMs, values }) => [fromMs, values[0]]),
    [
      [600_000, 10],
      [30_000, 50],
      [0, 20],
    ],
  )
  const last = (id: string) => chartTable(planOf(id), viewOf(points)).rows.at(-1)?.values[0]
  t.equal(last('people'), 3, 'the highest of people')
  t.equal(last('turn-rejections'), 4, 'the sum of events')
  t.equal(last('rtt'), undefined, 'nothing of what nobody measured')
})

t.test('writes what is shown as a file that programs read', async (t) => {
  const csv = chartCsv([planOf('loss'), planOf('rtt')], viewOf([quietPoint(0), busyPoint(1000)]))
  t.same(csv.split('\r\n'), [
    'time,"Loss, worst twentieth: From people (%)","Loss, worst twentieth: To people (%)","Round trip, worst twentieth: Round trip (ms)"',
    '1970-01-01T00:00:00.000Z,,,',
    '1970-01-01T00:00:01.000Z,4.2,0.4,84',
    '',
  ])
  t.equal(fileName('cpu', viewOf([at(0, 1)]), 'csv'), 'callbox-cpu-1970-01-01T00-00.csv')
})
