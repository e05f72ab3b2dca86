import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AuditLog } from './audit-log.ts'
import { createFileAuditStore, createMemoryAuditStore } from './audit-store.ts'
import type { AuditStore } from './deps.ts'

const NOTHING = () => {}
const QUIET = { debug: NOTHING, info: NOTHING, warn: NOTHING, error: NOTHING }

function logOn(store: AuditStore) {
  const clock = { nowMs: 1_000_000 }
  const errors: string[] = []
  const log = new AuditLog({
    store,
    clock: { unixMs: () => clock.nowMs },
    log: { ...QUIET, error: (_facts, message) => void errors.push(message) },
  })
  return { clock, log, errors }
}

const entry = (text: string) => ({ by: 'ada', address: '192.0.2.1', action: 'x.done', text })

t.test('pages go back in time without a gap, and a search finds words', async (t) => {
  const { log } = logOn(createFileAuditStore(t.testdir()))
  for (let n = 1; n <= 250; n++) log.note(entry(`did thing ${n}`))
  const first = await log.page({})
  t.equal(first.entries.length, 100)
  t.equal(first.entries[0]?.text, 'did thing 250')
  t.equal(first.hasMore, true)
  const second = await log.page({ beforeMs: first.entries.at(-1)?.atMs })
  t.equal(second.entries[0]?.text, 'did thing 150', 'though all were noted in one millisecond')
  const last = await log.page({ beforeMs: second.entries.at(-1)?.atMs })
  t.equal(last.entries.length, 50)
  t.equal(last.hasMore, false)
  const found = await log.page({ find: 'THING 7' })
  t.same(
    found.entries.map(({ text }) => text),
    ['79', '78', '77', '76', '75', '74', '73', '72', '71', '70', '7'].map((n) => `did thing ${n}`),
  )
  t.equal((await log.page({ find: '192.0.2.1' })).entries.length, 100)
})

t.test('two files for their owner only, however long it goes on', async (t) => {
  const directory = join(t.testdir(), 'data')
  const store = createFileAuditStore(directory, 2000)
  for (let n = 0; n < 200; n++) store.append({ atMs: n, ...entry('x'.repeat(50)) })
  t.same(readdirSync(directory), ['audit.1.jsonl', 'audit.jsonl'])
  for (const name of readdirSync(directory)) {
    const { size, mode } = statSync(join(directory, name))
    t.ok(size <= 2000, `${name} has ${size} bytes`)
    t.equal(mode & 0o777, 0o600)
  }
  const kept = await store.read()
  t.equal(kept.at(-1)?.atMs, 199)
  t.same(
    kept.map(({ atMs }) => atMs),
    Array.from({ length: kept.length }, (_, n) => 200 - kept.length + n),
    'the latest, in order',
  )
})

t.test('a line that a crash cut costs that line only', async (t) => {
  const directory = t.testdir()
  const store = createFileAuditStore(directory)
  store.append({ atMs: 1, ...entry('before') })
  appendFileSync(join(directory, 'audit.jsonl'), '{"atMs":2,"by":"a')
  store.append({ atMs: 3, ...entry('after') })
  t.same(
    (await store.read()).map(({ text }) => text),
    ['before', 'after'],
  )
  t.equal(readFileSync(join(directory, 'audit.jsonl'), 'utf8').split('\n').length, 4)
})

t.test('strangers who fail to log in can neither flood it nor hide', async (t) => {
  const { log, clock } = logOn(createMemoryAuditStore())
  const hour = 3600
  for (let second = 0; second < hour; second++) {
    clock.nowMs += 1000
    log.failedLogin(`192.0.2.${second % 200}`, second === 0 ? 'ada' : undefined)
  }
  const { entries } = await log.page({})
  t.ok(entries.length <= 27, `${entries.length} entries for ${hour} failures`)
  t.match(entries.at(-1), {
    by: 'nobody',
    action: 'login.failed',
    address: '192.0.2.0',
    text: 'failed to log in with the name ada',
  })
  const counted = entries.reduce((sum, { text }) => {
    const [, more] = /(\d+) more times from \d+ addresses/.exec(text) ?? []
    return sum + Number(more ?? 1)
  }, 0)
  t.ok(counted > hour - 601 && counted <= hour, `${counted} are told of`)
})

t.test('one address has at most an entry a minute', async (t) => {
  const { log, clock } = logOn(createMemoryAuditStore())
  for (let n = 0; n < 10; n++) log.failedLogin('192.0.2.1', undefined)
  t.equal((await log.page({})).entries.length, 1)
  clock.nowMs += 60_000
  log.failedLogin('192.0.2.1', undefined)
  t.equal((await log.page({})).entries.length, 2)
  clock.nowMs += 600_000
  t.match((await log.page({})).entries[0], { text: 'failed to log in 9 more times from 192.0.2.1' })
})

t.test('a full disk stops nobody, and is told', async (t) => {
  const { log, errors } = logOn({
    append: () => {
      throw new Error('no space left')
    },
    read: async () => [],
  })
  log.note(entry('did it'))
  t.same(errors, ['the audit log cannot be written'])
})

t.test('an entry is of bounded length', async (t) => {
  const { log } = logOn(createMemoryAuditStore())
  log.note(entry('x'.repeat(10_000)))
  t.equal((await log.page({})).entries[0]?.text.length, 500)
})
