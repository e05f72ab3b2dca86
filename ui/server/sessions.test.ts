import { randomBytes } from 'node:crypto'
import t from 'tap'
import { Sessions } from './sessions.ts'

function sessionsAt() {
  const clock = { nowMs: 0 }
  return { clock, sessions: new Sessions({ unixMs: () => clock.nowMs }, randomBytes) }
}

t.test('beyond a hundred log-ins the one idle longest ends', async (t) => {
  const { clock, sessions } = sessionsAt()
  const opened = Array.from({ length: 100 }, () => {
    clock.nowMs += 1
    return sessions.open()
  })
  const [first, second] = opened
  if (!first || !second) throw new Error('a hundred were opened')
  clock.nowMs += 1
  t.ok(sessions.use(first.token), 'use makes the first the youngest')
  sessions.open()
  t.ok(sessions.use(first.token))
  t.equal(sessions.use(second.token), undefined)
})

t.test('looking is not use', async (t) => {
  const { clock, sessions } = sessionsAt()
  const { token, login } = sessions.open()
  clock.nowMs += 11 * 3_600_000
  t.ok(sessions.isOpen(login.id))
  clock.nowMs += 3_600_000
  t.notOk(sessions.isOpen(login.id))
  t.equal(sessions.use(token), undefined)
})

t.test('the table does not hold what the cookie holds', async (t) => {
  const { sessions } = sessionsAt()
  const { token, login } = sessions.open()
  t.not(login.id, token)
  t.equal(sessions.use(login.id), undefined, 'an id is no cookie')
  sessions.end(login.id)
  sessions.end(login.id)
  t.equal(sessions.use(token), undefined)
})
