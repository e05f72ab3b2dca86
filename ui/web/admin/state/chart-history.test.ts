import { signal } from '@preact/signals'
import t from 'tap'
import type { HistoryPoint, HistoryRange, Status } from '#api'
import { quietPoint, quietStatus } from '../../../server/test/sample-status.ts'
import { ChartHistory } from './chart-history.ts'
import type { Reply } from './json-api.ts'
import type { Span } from './time-range.ts'

const NOW_MS = 1_800_000_000_000

/** Charts over ten live minutes, whose server answers when the test says so. */
function chartsAt(nowMs = NOW_MS) {
  const live = Array.from({ length: 600 }, (_, n) => quietPoint(nowMs - (599 - n) * 1000))
  const points = signal<readonly HistoryPoint[]>(live)
  const asked: { span: Span; answer: (reply: Reply<HistoryRange>) => void }[] = []
  const planned: { delayMs: number; work: () => void }[] = []
  const charts = new ChartHistory({
    client: {
      range: (span) =>
        new Promise((answer) => {
          asked.push({ span, answer })
        }),
    },
    live: { points, status: signal<Status | undefined>(quietStatus(nowMs)) },
    withLogin: (work) => work(''),
    isVisible: () => true,
    after: (delayMs, work) => {
      const plan = { delayMs, work }
      planned.push(plan)
      return () => planned.splice(planned.indexOf(plan), 1)
    },
  })
  return { charts, points, asked, planned }
}

function answerOf(span: Span, stepMs: number, oldestMs = span.fromMs): Reply<HistoryRange> {
  const points = [quietPoint(span.fromMs), quietPoint(span.fromMs + stepMs)]
  return { ok: true, value: { ...span, stepMs, oldestMs, points } }
}

/** Lets what was answered arrive. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('shows the live minutes without asking', async (t) => {
  const { charts, points, asked } = chartsAt()
  t.equal(charts.view.value?.points.length, 600)
  t.same(charts.view.value?.span, { fromMs: NOW_MS - 599_000, toMs: NOW_MS })
  points.value = [quietPoint(NOW_MS)]
  t.same(charts.view.value?.span, { fromMs: NOW_MS - 60_000, toMs: NOW_MS }, 'at least a minute')
  points.value = []
  t.equal(charts.view.value, undefined)
  t.equal(asked.length, 0)
})

t.test('asks for a range up to now, and again later', async (t) => {
  const { charts, asked, planned } = chartsAt()
  charts.choose('24h')
  t.equal(charts.view.value, undefined, 'nothing of before is shown as it')
  t.same(asked[0]?.span, { fromMs: NOW_MS - 86_400_000, toMs: NOW_MS })
  asked[0]?.answer(answerOf(asked[0].span, 144_000))
  await settled()
  t.equal(charts.view.value?.stepMs, 144_000)
  t.equal(planned.length, 1)
  planned[0]?.work()
  t.equal(asked.length, 2)
  charts.close()
  t.equal(planned.length, 0)
})

t.test('an answer to what was asked before is not taken for the present one', async (t) => {
  const { charts, asked } = chartsAt()
  charts.choose('7d')
  charts.choose('1h')
  asked[1]?.answer(answerOf(asked[1].span, 6000))
  await settled()
  asked[0]?.answer(answerOf(asked[0].span, 1_008_000))
  await settled()
  t.equal(charts.view.value?.stepMs, 6000)
})

t.test(
  'zooms in and goes back step by step; the newest minutes stay as fine as they are',
  async (t) => {
    const { charts, points, asked } = chartsAt()
    const part = { fromMs: NOW_MS - 300_000, toMs: NOW_MS - 200_000 }
    charts.zoomTo(part)
    t.ok(charts.isZoomed.value)
    t.same(charts.view.value?.span, part)
    t.equal(charts.view.value?.points.length, 101)
    points.value = [quietPoint(NOW_MS + 900_000)]
    t.equal(charts.view.value?.points.length, 101, 'what is looked at does not run away')
    asked[0]?.answer(answerOf(part, 10_000))
    await settled()
    t.equal(charts.view.value?.stepMs, 1000)
    charts.zoomBy(0.5)
    t.same(charts.view.value?.span, { fromMs: NOW_MS - 275_000, toMs: NOW_MS - 225_000 })
    charts.back()
    t.same(charts.view.value?.span, part)
    charts.back()
    t.notOk(charts.isZoomed.value)
  },
)

t.test('what lies before the live minutes comes from the server', async (t) => {
  const { charts, asked } = chartsAt()
  charts.shift(-0.5)
  const span = charts.view.value?.span
  t.same(span, { fromMs: NOW_MS - 898_500, toMs: NOW_MS - 299_500 })
  asked[0]?.answer(answerOf(asked[0].span, 10_000))
  await settled()
  t.equal(charts.view.value?.stepMs, 10_000)
})

t.test('a stretch too short to show anything is no zoom', async (t) => {
  const { charts } = chartsAt()
  charts.zoomTo({ fromMs: NOW_MS - 10, toMs: NOW_MS })
  t.notOk(charts.isZoomed.value)
})

t.test('says why there is no past, and forgets it when there is', async (t) => {
  const { charts, asked } = chartsAt()
  charts.choose('1h')
  asked[0]?.answer({ ok: false, code: 'NOT_FOUND', message: 'There is no history.' })
  await settled()
  t.equal(charts.problem.value, 'There is no history.')
  charts.choose('live')
  t.equal(charts.problem.value, undefined)
})
