import t from 'tap'
import { ConnectLog } from './connect-log.ts'

t.test('counts of the last hour how long it took, and who got no media', async (t) => {
  let nowMs = 1_000
  const log = new ConnectLog(() => nowMs)
  log.add({ atMs: nowMs, afterMs: 700, connected: true })
  log.add({ atMs: nowMs, afterMs: 300, connected: true })
  log.add({ atMs: nowMs, afterMs: 60_000, connected: false, reason: 'joinFailure' })
  t.same(log.latest(), { attempts: 3, failures: 1, connectMs: [300, 700] })
  nowMs += 3_600_000
  log.add({ atMs: nowMs, afterMs: 500, connected: true })
  t.same(log.latest(), { attempts: 1, failures: 0, connectMs: [500] })
  nowMs += 3_600_000
  t.same(log.latest(), { attempts: 0, failures: 0, connectMs: [] })
})

t.test('who changed their mind at once did not fail; who waited for ten seconds did', async (t) => {
  const log = new ConnectLog(() => 1_000)
  for (const reason of ['clientLeft', 'signalClosed'] as const) {
    log.add({ atMs: 1_000, afterMs: 2_000, connected: false, reason })
    log.add({ atMs: 1_000, afterMs: 10_000, connected: false, reason })
  }
  log.add({ atMs: 1_000, afterMs: 20_000, connected: false, reason: 'removed' })
  t.match(log.latest(), { attempts: 2, failures: 2 })
})

t.test('keeps ten thousand at most', async (t) => {
  const log = new ConnectLog(() => 1_000)
  for (let n = 0; n < 45_000; n += 1) log.add({ atMs: 1_000, afterMs: n, connected: true })
  t.equal(log.latest().attempts, 10_000)
  t.equal(log.latest().connectMs.at(-1), 44_999)
})
