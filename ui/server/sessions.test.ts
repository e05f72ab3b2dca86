import { randomBytes } from 'node:crypto'
import t from 'tap'
import type { Role } from '#api'
import type { SessionRecord } from './deps.ts'
import { Sessions } from './sessions.ts'

const PLACE = { address: '192.0.2.1', browser: 'Firefox on Linux' }
const HOUR_MS = 3_600_000

/** A table on a clock and a disk of the test, with the accounts `ada` and `bob`. */
function sessionsAt(kept: SessionRecord[] = []) {
  const clock = { nowMs: 0 }
  const disk = { sessions: kept, writes: 0 }
  const roles = new Map<string, Role>([
    ['ada', 'admin'],
    ['bob', 'viewer'],
  ])
  const sessions = new Sessions({
    clock: { unixMs: () => clock.nowMs },
    random: randomBytes,
    accountOf: (id) => {
      const role = roles.get(id)
      return role && { name: id, role }
    },
    store: {
      load: () => disk.sessions,
      save: (entries) => {
        disk.sessions = [...entries]
        disk.writes++
      },
    },
  })
  return { clock, disk, roles, sessions, open: (id = 'ada') => sessions.open(id, PLACE) }
}

t.test('beyond twenty log-ins of an account the one idle longest ends', async (t) => {
  const { clock, sessions, open } = sessionsAt()
  const other = open('bob')
  const opened = Array.from({ length: 20 }, () => {
    clock.nowMs += 1
    return open()
  })
  const [first, second] = opened
  if (!first || !second) throw new Error('twenty were opened')
  clock.nowMs += 1
  t.ok(sessions.use(first.token), 'use makes the first the youngest')
  open()
  t.ok(sessions.use(first.token))
  t.equal(sessions.use(second.token), undefined)
  t.ok(sessions.use(other.token), 'nobody is pushed out by somebody else')
})

t.test('looking is not use', async (t) => {
  const { clock, sessions, open } = sessionsAt()
  const { token, login } = open()
  const id = login.session?.id ?? ''
  clock.nowMs += 11 * HOUR_MS
  t.ok(sessions.isOpen(id))
  clock.nowMs += HOUR_MS
  t.notOk(sessions.isOpen(id))
  t.equal(sessions.use(token), undefined)
})

t.test('a log-in ends after 30 days, however much it is used', async (t) => {
  const { clock, sessions, open } = sessionsAt()
  const { token } = open()
  for (let hours = 0; hours < 30 * 24 - 6; hours += 6) {
    clock.nowMs += 6 * HOUR_MS
    t.ok(sessions.use(token), `after ${hours + 6} hours`)
  }
  clock.nowMs += 6 * HOUR_MS
  t.equal(sessions.use(token), undefined)
})

t.test('neither table nor file hold what the cookie or the page hold', async (t) => {
  const { sessions, disk, open } = sessionsAt()
  const { token, login } = open()
  const { id = '', csrf = '' } = login.session ?? {}
  t.not(id, token)
  t.equal(sessions.use(id), undefined, 'an id is no cookie')
  t.equal(disk.sessions.length, 1)
  t.notMatch(JSON.stringify(disk.sessions), token)
  t.notMatch(JSON.stringify(disk.sessions), csrf)
  sessions.end(id)
  sessions.end(id)
  t.equal(sessions.use(token), undefined)
  t.same(disk.sessions, [], 'what ended stays ended after a crash')
})

t.test('log-ins survive a restart, with the same CSRF token', async (t) => {
  const before = sessionsAt()
  const { token, login } = before.open()
  const after = sessionsAt(before.disk.sessions)
  t.same(after.sessions.use(token), login)
})

t.test('use is written down now and then only', async (t) => {
  const { clock, sessions, disk, open } = sessionsAt()
  const { token } = open()
  const { writes } = disk
  for (let second = 0; second < 300; second++) {
    clock.nowMs += 1000
    sessions.use(token)
  }
  t.equal(disk.writes, writes + 1)
})

t.test('the role is looked up at each use, and nobody is nobody at once', async (t) => {
  const { sessions, roles, open } = sessionsAt()
  const { token, login } = open()
  roles.set('ada', 'viewer')
  t.equal(sessions.use(token)?.role, 'viewer')
  roles.delete('ada')
  t.notOk(sessions.isOpen(login.session?.id ?? ''))
  t.equal(sessions.use(token), undefined)
})

t.test('all log-ins of an account end, but one', async (t) => {
  const { sessions, open } = sessionsAt()
  const [one, two, other] = [open(), open(), open('bob')]
  sessions.endAllOf('ada', two.login.session?.id)
  t.equal(sessions.use(one.token), undefined)
  t.ok(sessions.use(two.token))
  t.ok(sessions.use(other.token))
  t.equal(sessions.list().length, 2)
  t.equal(sessions.list('bob').length, 1)
})

t.test('a log-in from when the clock was years ahead ends when it is set right', async (t) => {
  const { clock, sessions, open } = sessionsAt()
  clock.nowMs = 10 * 365 * 24 * HOUR_MS
  const { token } = open()
  clock.nowMs -= HOUR_MS
  t.ok(sessions.use(token), 'a little is forgiven')
  clock.nowMs = 24 * HOUR_MS
  t.equal(sessions.use(token), undefined)
})
