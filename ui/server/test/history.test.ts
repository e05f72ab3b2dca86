import t from 'tap'
import type { HistoryRange } from '#api'
import type { HistoryQuery, UiDeps } from '../deps.ts'
import { startHarness, storeWithPassword } from './harness.ts'
import { busyPoint, quietPoint } from './sample-status.ts'

const NOW_MS = 1_800_000_000_000
const ROOT = '/api/admin/history'
const API_TOKEN = 'a-token-of-thirty-two-characters'

/** A server whose history is two steps, and who asked for what. */
async function startScene(t: import('tap').Test, overrides: Partial<UiDeps> = {}) {
  const asked: HistoryQuery[] = []
  const range: HistoryRange = {
    fromMs: NOW_MS - 60_000,
    toMs: NOW_MS,
    stepMs: 10_000,
    oldestMs: NOW_MS - 60_000,
    points: [
      quietPoint(NOW_MS - 20_000),
      { ...busyPoint(NOW_MS - 10_000), cpuPerCorePercent: [1, 2, 3] },
    ],
  }
  const harness = await startHarness(t, {
    adminStore: storeWithPassword(),
    apiToken: API_TOKEN,
    historyRange: async (query) => {
      asked.push(query)
      return range
    },
    ...overrides,
  })
  const { cookie } = await harness.logIn()
  const read = (path: string) => harness.send('GET', ROOT + path, { headers: { cookie } })
  return { ...harness, asked, range, read }
}

t.test('only a log-in or the API token reads history', async (t) => {
  const { send, read, range } = await startScene(t)
  for (const path of ['', '.csv']) {
    const query = `${path}?from=0&to=1`
    t.equal((await send('GET', ROOT + query)).status, 401)
    t.equal((await read(query)).status, 200)
    const headers = { authorization: `Bearer ${API_TOKEN}` }
    t.equal((await send('GET', ROOT + query, { headers })).status, 200)
  }
  t.same((await read('?from=0&to=1')).json, JSON.parse(JSON.stringify(range)))
  const without = await startHarness(t)
  t.equal((await without.send('GET', `${ROOT}?from=0&to=1`)).status, 404)
})

t.test('asks for what the page wants, within bounds', async (t) => {
  const { read, asked } = await startScene(t)
  await read('?from=1000&to=2000&points=600')
  await read('?from=1000&to=2000')
  await read('.csv?from=1000&to=2000')
  t.same(
    asked.map(({ points }) => points),
    [600, 1000, 10_000],
  )
  t.match(asked[0], { fromMs: 1000, toMs: 2000 })
  for (const query of [
    '',
    '?from=1',
    '?from=2&to=2',
    '?from=3&to=2',
    '?from=x&to=2',
    '?from=-1&to=2',
    '?from=0&to=1e17',
    '?from=0&to=Infinity',
    '?from=0&to=9&points=1',
    '?from=0&to=9&points=1001',
    '?from=0&from=1&to=9',
  ]) {
    const { status, json } = await read(query)
    t.equal(status, 400, query)
    t.equal(json.error.code, 'INPUT_INVALID')
  }
  t.match((await read('?from=3&to=2')).json.error.message, 'to: must be later than from')
  t.equal(asked.length, 3, 'nothing else was asked')
})

t.test('a file has a line of names and one for each step', async (t) => {
  const { read } = await startScene(t)
  const { headers, text } = await read(`.csv?from=${NOW_MS - 60_000}&to=${NOW_MS}`)
  t.match(headers, {
    'content-type': 'text/csv; charset=utf-8',
    'cache-control': 'no-store',
    'content-disposition': 'attachment; filename="callbox-20270115T075900Z-20270115T080000Z.csv"',
  })
  const [names = [], first = [], second = [], ...rest] = text
    .split('\r\n')
    .map((line) => line.split(','))
  t.same(rest, [['']])
  const cell = (line: string[], name: string) => line[names.indexOf(name)]
  t.ok(first.length === names.length && second.length === names.length)
  t.same(first.slice(0, 3), ['2027-01-15T07:59:40.000Z', '10', '1.5'])
  t.equal(cell(first, 'cpuPerCorePercent.2'), '')
  t.equal(cell(second, 'cpuPerCorePercent.2'), '3')
  t.equal(cell(first, 'lossUpPercent'), '', 'not measured')
  t.equal(cell(second, 'lossUpPercent'), '4.2')
  t.equal(cell(second, 'tracks.microphone'), '3')
  t.equal(cell(second, 'paths.turn-tcp'), '1')
})

t.test('a long file comes in pieces and whole; an empty one has its times', async (t) => {
  const points = Array.from({ length: 1001 }, (_, second) => quietPoint(NOW_MS + second * 1000))
  const base = { fromMs: 0, toMs: 1, stepMs: 1000, oldestMs: undefined }
  const long = await startScene(t, { historyRange: () => ({ ...base, points }) })
  const { text } = await long.read('.csv?from=0&to=1')
  t.equal(text.split('\r\n').length, 1003)
  const empty = await startScene(t, { historyRange: () => ({ ...base, points: [] }) })
  t.equal((await empty.read('.csv?from=0&to=1')).text, 'time,step_seconds\r\n')
})
