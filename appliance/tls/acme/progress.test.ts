import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ACME_STATE_FILE, readProgress, renewalTime, waitAfter, writeProgress } from './progress.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

t.test('waits twice as long after each failure, and no longer than it should', async (t) => {
  const waits = (unreachable: boolean) =>
    [1, 2, 3, 6, 7, 50].map(
      (failures) => waitAfter({ failures, unreachable, retryAfterMs: undefined }, 0) / MINUTE_MS,
    )
  t.same(waits(true), [1, 2, 4, 32, 60, 60], 'an authority that is away')
  t.same(waits(false), [20, 40, 80, 640, 720, 720], 'one that says no')
})

t.test(
  'is never sooner back than the authority allows, and asks once a day at least',
  async (t) => {
    const wait = (retryAfterMs: number, random = 0) =>
      waitAfter({ failures: 1, unreachable: false, retryAfterMs }, random)
    t.equal(wait(3 * HOUR_MS), 3 * HOUR_MS)
    t.equal(wait(1000), 20 * MINUTE_MS)
    t.equal(wait(7 * DAY_MS), DAY_MS)
    t.ok(wait(0, 1) > wait(0) && wait(0, 1) <= 22 * MINUTE_MS, 'appliances do not come all at once')
  },
)

t.test('five failures in an hour are never reached, two for each attempt', async (t) => {
  let atMs = 0
  const attempts = [0]
  for (let failures = 1; failures < 10; failures += 1) {
    atMs += waitAfter({ failures, unreachable: false, retryAfterMs: undefined }, 0)
    attempts.push(atMs)
  }
  for (const from of attempts) {
    const within = attempts.filter((each) => each >= from && each < from + HOUR_MS)
    t.ok(within.length * 2 < 5, `${within.length} within the hour`)
  }
})

t.test('renews with a third of the life left', async (t) => {
  t.equal(renewalTime(0, 90 * DAY_MS), 60 * DAY_MS)
  t.equal(renewalTime(0, 6 * DAY_MS), 4 * DAY_MS, 'also where lives are short')
})

t.test('keeps the progress of one order, and knows another from none', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'callbox-acme-'))
  t.teardown(() => rm(dataDir, { recursive: true }))
  const settings = { domain: 'a.example', directoryUrl: 'https://acme.example/dir' }
  t.equal(await readProgress(dataDir, settings), undefined)
  const progress = { ...settings, issued: true, failures: 2, nextAttemptMs: 5 }
  await writeProgress(dataDir, progress)
  t.same(await readProgress(dataDir, settings), progress)
  const other = { ...settings, domain: 'b.example' }
  t.same(await readProgress(dataDir, other), { ...other, issued: false, failures: 0 })
  await writeFile(join(dataDir, ACME_STATE_FILE), '{"domain":')
  t.equal(await readProgress(dataDir, settings), undefined)
})
