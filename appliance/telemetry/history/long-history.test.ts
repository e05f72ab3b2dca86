import { mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { HistoryPoint } from '#api'
import { createLongHistory, type LongHistory } from './long-history.ts'
import { MIDNIGHT_MS, samplePoint } from './test/sample-points.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A folder, a clock, and histories that follow one another in it as over restarts. */
function createScene(t: Test) {
  const folder = join(t.testdir(), 'history')
  const clock = { nowMs: MIDNIGHT_MS }
  const logged: { level: string; facts: object; message: string }[] = []
  const note = (level: string) => (facts: object, message: string) =>
    void logged.push({ level, facts, message })
  let recent: HistoryPoint[] = []
  const start = async () => {
    recent = []
    const history = createLongHistory({
      folder,
      recent: () => recent,
      nowMs: () => clock.nowMs,
      log: { info: note('info'), warn: note('warn') },
    })
    t.teardown(() => history.close())
    await history.open()
    return history
  }
  /** Lets a span of time go by, a point each `everyMs`. */
  const live = async (history: LongHistory, spanMs: number, value = 1, everyMs = SECOND) => {
    for (let count = 0; count < spanMs / everyMs; count += 1) {
      const point = samplePoint(clock.nowMs, value)
      history.record(point)
      recent.push(point)
      if (recent.length > 600) recent.shift()
      clock.nowMs += everyMs
      if (count % 5000 === 0) await setImmediate()
    }
  }
  const last = (history: LongHistory, spanMs: number, points = 1000) =>
    history.range({ fromMs: clock.nowMs - spanMs, toMs: clock.nowMs, points })
  return { folder, clock, logged, start, live, last }
}

const sum = (points: readonly HistoryPoint[]) =>
  points.reduce((total, { socketDrops }) => total + socketDrops, 0)

t.test('answers with the finest steps that cover the time', async (t) => {
  const { start, live, last } = createScene(t)
  const history = await start()
  t.match(await last(history, HOUR), { oldestMs: undefined, points: [] })
  await live(history, 2 * HOUR)
  t.match(await last(history, 5 * MINUTE), { stepMs: 1000 })
  t.equal((await last(history, 5 * MINUTE)).points.length, 300)
  const { stepMs, points, oldestMs } = await last(history, HOUR)
  t.equal(stepMs, 10_000)
  t.equal(points.length, 360)
  t.equal(oldestMs, MIDNIGHT_MS)
  t.match(await last(history, 32 * DAY), { stepMs: 10_000 }, 'five-minute steps have nothing older')
  t.equal((await last(history, 32 * DAY)).points.length, 720)
  t.match(points[0], { cpuTotalPercent: 1, socketDrops: 10, participants: 1, paths: { udp: 1 } })
  t.equal(points[0]?.lossUpPercent, undefined)
  t.same(points[0]?.cpuPerCorePercent, [1, 1])
})

t.test('merges steps as each figure wants it, into no more than were asked for', async (t) => {
  const { clock, start, live, last } = createScene(t)
  const history = await start()
  for (let minute = 0; minute < 60; minute += 1) {
    await live(history, 50 * SECOND, 0)
    await live(history, 10 * SECOND, 6)
  }
  for (const points of [2, 7, 60, 359]) {
    const range = await last(history, HOUR, points)
    t.ok(range.points.length <= points && range.points.length > points / 3, `${points}`)
    t.equal(sum(range.points), 3600, 'events are added up')
    const worst = range.points.map(({ mediaWorkerPercent }) => mediaWorkerPercent)
    t.same(new Set(worst), new Set(points <= 60 ? [6] : [0, 6]))
    t.ok(range.points.every(({ atMs }) => atMs % range.stepMs === 0))
  }
  const [whole] = (await history.range({ fromMs: MIDNIGHT_MS, toMs: clock.nowMs, points: 12 }))
    .points
  t.match(whole, { atMs: MIDNIGHT_MS, cpuTotalPercent: 1, lossDownPercent: 6 })
})

t.test('is there after restarts, also after a long time', async (t) => {
  const { clock, start, live, last, logged } = createScene(t)
  const first = await start()
  await live(first, HOUR + 4 * SECOND)
  await first.close()
  const second = await start()
  t.equal(
    sum((await last(second, 2 * HOUR)).points),
    3604,
    'a step that has begun is written at the end',
  )
  await live(second, 2 * SECOND)
  t.equal(sum((await last(second, 2 * HOUR)).points), 3606, 'and goes on after it')
  await live(second, 5 * MINUTE)
  await second.close()
  const third = await start()
  t.equal(sum((await last(third, 2 * HOUR)).points), 3906)
  clock.nowMs += 27 * HOUR
  const fourth = await start()
  const range = await last(fourth, 3 * DAY)
  t.equal(range.stepMs, 300_000)
  t.equal(sum(range.points), 3906, 'five-minute steps that had begun are kept as far as they got')
  t.same(logged, [])
})

t.test('a month and a half later its files have the size that they began with', async (t) => {
  const { folder, start, live, last } = createScene(t)
  const history = await start()
  const sizes = async () => {
    const names = (await readdir(folder)).sort()
    const files = await Promise.all(names.map((name) => stat(join(folder, name))))
    return files.map(({ size, blocks, mode }, at) => [names[at], size, blocks, mode & 0o777])
  }
  const before = await sizes()
  await live(history, 45 * DAY, 1, 30 * SECOND)
  await history.close()
  t.same(await sizes(), before)
  t.ok(before.reduce((total, [, size]) => total + Number(size), 0) < 6e6, 'five megabytes')
  t.same(new Set(before.map(([, , , mode]) => mode)), new Set([0o600]))
  const again = await start()
  const month = await last(again, 60 * DAY, 10_000)
  t.equal(month.stepMs, 300_000)
  t.equal(month.points.length, 32 * 288)
  t.equal(month.oldestMs, month.points[0]?.atMs)
  t.ok(month.points.every(({ socketDrops }) => socketDrops === 10))
  const day = await last(again, 25 * HOUR, 10_000)
  t.equal(day.stepMs, 10_000)
  t.equal(day.points.length, 3000)
})

t.test('a clock that jumps back or ahead breaks nothing', async (t) => {
  const { clock, start, live, last } = createScene(t)
  const history = await start()
  await live(history, HOUR)
  clock.nowMs -= 30 * MINUTE
  await live(history, 10 * MINUTE, 2)
  const { points } = await last(history, DAY, 10_000)
  t.equal(points.at(-1)?.cpuTotalPercent, 2)
  t.equal(points.length, 240, 'what lies ahead is not told')
  t.same(
    points.map(({ atMs }) => atMs),
    points.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
  )
  clock.nowMs += 400 * DAY
  await live(history, HOUR, 3)
  const later = await last(history, 2 * HOUR, 10_000)
  t.ok(later.points.every(({ cpuTotalPercent }) => cpuTotalPercent === 3))
  clock.nowMs -= 400 * DAY
  await live(history, 10 * MINUTE, 4)
  t.equal((await last(history, 5 * MINUTE)).points.at(-1)?.cpuTotalPercent, 4)
  await history.close()
  const again = await start()
  t.equal((await last(again, 5 * MINUTE)).points.at(-1)?.cpuTotalPercent, 4)
})

t.test('leaves a row out that power loss tore, and no other', async (t) => {
  const { folder, clock, start, live, last } = createScene(t)
  const history = await start()
  await live(history, HOUR)
  await history.close()
  const file = join(folder, '10-seconds.ring')
  const bytes = await readFile(file)
  const at = bytes.indexOf(Buffer.from(new Float64Array([clock.nowMs - 10_000]).buffer))
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(40), 0, 40, at + 30)
  await handle.close()
  const again = await start()
  t.equal((await last(again, HOUR)).points.length, 359)
})

t.test('starts anew where a file is of no use, and says so', async (t) => {
  const { folder, start, live, last, logged } = createScene(t)
  const file = join(folder, '10-seconds.ring')
  const damages = [
    () => truncate(file, 1000),
    () => truncate(file, 2 ** 40),
    () => writeFile(file, ''),
    async () => writeFile(file, (await readFile(file)).fill(0, 0, 64)),
  ]
  for (const damage of damages) {
    const history = await start()
    await live(history, MINUTE)
    await history.close()
    await damage()
    logged.length = 0
    const again = await start()
    t.match(logged, [{ level: 'warn', facts: { file }, message: /starts anew/ }])
    await live(again, MINUTE)
    await again.close()
    const final = await start()
    const { length } = (await last(final, MINUTE)).points
    t.equal(length, 6)
  }
})

t.test('is in memory where nothing can be written, and says why once', async (t) => {
  const { folder, start, live, last, logged } = createScene(t)
  await mkdir(join(folder, '..'), { recursive: true })
  await writeFile(folder, 'a file where a folder belongs')
  const history = await start()
  await live(history, HOUR)
  t.equal((await last(history, HOUR)).points.length, 360)
  await history.close()
  t.match(logged, [{ level: 'warn', facts: { why: String }, message: /a restart forgets it/ }])
  t.equal(logged.length, 1)
})

t.test('a day of steps keeps the server from other work for no longer than a piece', async (t) => {
  const { start, live, last } = createScene(t)
  const history = await start()
  await live(history, DAY, 1, 10 * SECOND)
  let turns = 0
  let isDone = false
  const answered = last(history, DAY, 10_000).finally(() => {
    isDone = true
  })
  while (!isDone) {
    await setImmediate()
    turns += 1
  }
  t.equal((await answered).points.length, 8640)
  t.ok(turns > 40, `others had their turn ${turns} times`)
})
