import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CertificateAuthority } from '../../../scripts/test/certificate-authority.ts'
import { type KeyPair, keyPairText } from '../key-pair.ts'
import { ACME_FILE, AcmeKeeper } from './keeper.ts'
import { AcmeError } from './problems.ts'
import type { AcmeSettings } from './settings.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const DOMAIN = 'calls.example.org'
const authority = await CertificateAuthority.create()

const settings: AcmeSettings = {
  domain: DOMAIN,
  email: '',
  directoryUrl: 'https://acme.example/dir',
  directoryCa: '',
  directoryCaFile: '',
  challenge: 'auto',
}

/** An authority in the test's hand: each attempt takes the next outcome. */
type Outcome = KeyPair | Error

async function start(t: Test, outcomes: Outcome[], dataDir?: string, changed: object = {}) {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'callbox-keeper-')))
  if (dataDir === undefined) t.teardown(() => rm(folder, { recursive: true }))
  const clock = { nowMs: Date.now() }
  const planned: { atMs: number; work: () => void }[] = []
  const seen = { attempts: 0, issued: 0, warned: [] as object[] }
  const keeper = new AcmeKeeper({
    settings: { ...settings, ...changed },
    dataDir: folder,
    async issue(onStep) {
      seen.attempts += 1
      onStep('Asking.')
      const outcome = outcomes.shift()
      if (outcome === undefined) throw new Error('this was not expected to be asked')
      if (outcome instanceof Error) throw outcome
      return outcome
    },
    onIssued: async () => {
      seen.issued += 1
    },
    log: { info: () => undefined, warn: (fields) => void seen.warned.push(fields) },
    now: () => clock.nowMs,
    random: () => 0,
    after(delayMs, work) {
      const entry = { atMs: clock.nowMs + delayMs, work }
      planned.push(entry)
      return () => void planned.splice(planned.indexOf(entry) >>> 0, 1)
    },
  })
  t.teardown(() => keeper.close())
  /** Moves the clock to what is planned, and waits until something is planned again. */
  const next = async () => {
    const entry = planned.shift()
    if (entry === undefined) throw new Error('nothing is planned')
    clock.nowMs = entry.atMs
    entry.work()
    while (planned.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return { keeper, folder, clock, planned, seen, next }
}

const issue = (validUntilMs: number, host = DOMAIN) =>
  authority.issue({ hosts: [host], ips: [], notAfter: new Date(validUntilMs) })

const refused = (retryAfterMs?: number) =>
  new AcmeError('ACME_REFUSED', 'No.', 'Wait.', { type: 'rateLimited', retryAfterMs })

t.test('orders what is missing, keeps it closed to others, and looks each day', async (t) => {
  const nowMs = Date.now()
  const { keeper, folder, planned, clock, seen, next } = await start(t, [
    await authority.issue({ hosts: [DOMAIN], ips: [] }),
  ])
  await keeper.begin(false)
  t.same([seen.attempts, seen.issued], [1, 1])
  t.equal((await stat(join(folder, ACME_FILE))).mode & 0o777, 0o600)
  t.match(keeper.status(), { isWorking: false, failures: 0, problem: undefined })
  t.match(keeper.status().steps, [{ text: 'Asking.' }, { text: /there/ }])
  t.equal(planned.length, 1)
  t.ok((planned[0]?.atMs ?? 0) <= clock.nowMs + DAY_MS)
  t.ok((keeper.status().nextAttemptMs ?? 0) > nowMs + 100 * DAY_MS)
  await next()
  t.equal(seen.attempts, 1, 'a day later there is nothing to do')
})

t.test('renews with a third of the life left, and keeps the old one when that fails', async (t) => {
  const nowMs = Date.now()
  const first = await issue(nowMs + 2 * DAY_MS)
  const { keeper, folder, seen, next, clock } = await start(t, [
    refused(),
    await issue(nowMs + 9 * DAY_MS),
  ])
  await writeFile(join(folder, ACME_FILE), keyPairText(first))
  await keeper.begin(false)
  t.equal(seen.attempts, 0)
  await next()
  t.equal(seen.attempts, 0, 'the daily look')
  await next()
  t.same([seen.attempts, seen.issued], [1, 0])
  const leftMs = nowMs + 2 * DAY_MS - clock.nowMs
  t.equal(Math.round(leftMs / MINUTE_MS), 8 * 60, 'a third of the day that it is valid')
  t.match(await readFile(join(folder, ACME_FILE), 'utf8'), first.cert.trim())
  t.match(keeper.status(), { failures: 1, problem: { message: 'No.', fix: 'Wait.' } })
  await next()
  t.same([seen.attempts, seen.issued], [2, 1])
  t.match(keeper.status(), { failures: 0, problem: undefined })
})

t.test('goes on trying, at longer and longer intervals, over a restart too', async (t) => {
  const away = new AcmeError('ACME_UNREACHABLE', 'Away.', 'Look.')
  const first = await start(t, [away, away, away])
  await first.keeper.begin(false)
  const waits = []
  for (let n = 0; n < 2; n += 1) {
    waits.push((first.keeper.status().nextAttemptMs ?? 0) - first.clock.nowMs)
    await first.next()
  }
  t.same(waits, [MINUTE_MS, 2 * MINUTE_MS])
  first.keeper.close()
  const second = await start(t, [], first.folder)
  second.clock.nowMs = first.clock.nowMs
  await second.keeper.begin(false)
  t.equal(second.seen.attempts, 0)
  t.match(second.keeper.status(), { failures: 3, problem: { message: 'Away.' } })
  t.equal(second.planned[0]?.atMs, first.clock.nowMs + 4 * MINUTE_MS)
  const eager = await start(t, [away], first.folder)
  eager.clock.nowMs = first.clock.nowMs
  await eager.keeper.begin(true)
  t.equal(eager.seen.attempts, 1, 'an admin who orders does not wait')
})

t.test('asks nobody before the authority allows it, whoever wants it', async (t) => {
  const { keeper, folder, clock } = await start(t, [refused(3 * 3_600_000)])
  await keeper.begin(false)
  t.match(keeper.refusal(), /not to be asked before/)
  const again = await start(t, [], folder)
  again.clock.nowMs = clock.nowMs
  await again.keeper.begin(true)
  t.equal(again.seen.attempts, 0)
  again.clock.nowMs += 4 * 3_600_000
  t.equal(again.keeper.refusal(), undefined)
})

t.test('orders anew for another domain or another authority', async (t) => {
  const pair = await issue(Date.now() + 60 * DAY_MS)
  const first = await start(t, [pair])
  await first.keeper.begin(false)
  const same = await start(t, [], first.folder)
  await same.keeper.begin(false)
  t.equal(same.seen.attempts, 0)
  const directoryUrl = 'https://other.example/dir'
  const other = await start(t, [pair], first.folder, { directoryUrl })
  await other.keeper.begin(false)
  t.equal(other.seen.attempts, 1)
  const domain = 'other.example.org'
  const moved = await start(t, [await issue(Date.now() + 60 * DAY_MS, domain)], first.folder, {
    domain,
  })
  await moved.keeper.begin(false)
  t.equal(moved.seen.attempts, 1)
})

t.test('does not believe a next attempt that lies further off than any wait', async (t) => {
  const { keeper, folder, clock } = await start(t, [refused()])
  await keeper.begin(false)
  const later = await start(t, [refused()], folder)
  later.clock.nowMs = clock.nowMs - 40 * DAY_MS
  await later.keeper.begin(false)
  t.equal(later.seen.attempts, 1, 'the clock was wrong at that time')
})

t.test('does not order on and on while the clock is ahead', async (t) => {
  const nowMs = Date.now()
  const pair = await issue(nowMs + DAY_MS)
  const { keeper, clock, seen, planned, next } = await start(t, [pair, pair])
  clock.nowMs = nowMs + 20 * 3_600_000
  await keeper.begin(false)
  t.same([seen.attempts, seen.issued], [1, 1], 'it is used all the same')
  t.match(keeper.status().problem, { message: /clock/, fix: /timedatectl/ })
  t.equal(planned[0]?.atMs, clock.nowMs + 20 * MINUTE_MS)
  await next()
  t.equal(seen.attempts, 2)
  t.equal(planned[0]?.atMs, clock.nowMs + 40 * MINUTE_MS)
})

t.test('survives an error of its own, says so, and writes nothing once closed', async (t) => {
  const { keeper, seen, folder, planned } = await start(t, [new TypeError('a slip')])
  await keeper.begin(false)
  t.match(keeper.status().problem, { message: /a slip/ })
  t.match(seen.warned, [{ problem: /a slip/ }, { err: /a slip/ }])
  t.equal(planned.length, 1)
  keeper.close()
  const closed = await start(t, [await issue(Date.now() + 60 * DAY_MS)], folder)
  const begun = closed.keeper.begin(true)
  closed.keeper.close()
  await begun
  await t.rejects(stat(join(folder, ACME_FILE)))
})

t.test('goes on when nothing can be written', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-keeper-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'no-folder')
  await writeFile(file, '')
  const { keeper, planned, seen } = await start(t, [await issue(Date.now() + 60 * DAY_MS)], file)
  await keeper.begin(false)
  t.same([seen.attempts, seen.issued], [0, 0], 'and is not even asked for')
  t.match(keeper.status(), { failures: 1, problem: { message: /data directory/ } })
  t.equal(planned.length, 1, 'it is tried again')
})
