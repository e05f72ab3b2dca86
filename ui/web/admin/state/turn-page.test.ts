import t from 'tap'
import type { TurnDetails } from '#api'
import { busyTurn, quietTurn } from '../../../server/test/sample-turn.ts'
import type { TryDoor } from './relay-trial.ts'
import { createTurnClient, type TurnClient } from './turn-client.ts'
import { TurnPage } from './turn-page.ts'

const AWAY = { ok: false, code: 'UNREACHABLE', message: 'away' } as const
const facts = (value: TurnDetails) => async () => ({ ok: true, value }) as const

const neverTried: TryDoor = async () => {
  throw new Error('this was not expected to be tried')
}

/** A page whose clock the test moves by `tick`. */
function pageWith(answers: Partial<TurnClient>, tryDoor: TryDoor = neverTried) {
  const unasked = async () => {
    throw new Error('this was not expected to be asked')
  }
  const planned: (() => void)[] = []
  const state = { isVisible: true }
  const page = new TurnPage({
    client: {
      details: unasked,
      runSelfTest: unasked,
      testCredentials: unasked,
      disconnect: unasked,
      rotateSecret: unasked,
      retireSecret: unasked,
      revealSecret: unasked,
      ...answers,
    },
    withLogin: (work) => work('c1'),
    tryDoor,
    isVisible: () => state.isVisible,
    after: (_delayMs, work) => {
      planned.push(work)
      return () => planned.splice(0)
    },
  })
  return { page, planned, state }
}

/** Lets what was promised happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('asks while it is open and seen, and plans one next time', async (t) => {
  let asked = 0
  const details: TurnClient['details'] = async () => {
    asked++
    return { ok: true, value: quietTurn(asked) }
  }
  const { page, planned, state } = pageWith({ details })
  page.open()
  await settle()
  t.equal(page.details.value?.atMs, 1)
  t.equal(planned.length, 1)
  planned[0]?.()
  await settle()
  t.equal(page.details.value?.atMs, 2)
  state.isVisible = false
  planned[0]?.()
  await settle()
  t.equal(asked, 2, 'nobody looks')
  t.equal(planned.length, 1, 'but it goes on')
  page.close()
  t.equal(planned.length, 0)
})

t.test('keeps the old facts and says so while the server is away', async (t) => {
  const answers = [facts(quietTurn(1)), async () => AWAY, facts(quietTurn(2))]
  const { page, planned } = pageWith({ details: () => (answers.shift() ?? (async () => AWAY))() })
  page.open()
  await settle()
  t.equal(page.problem.value, undefined)
  planned[0]?.()
  await settle()
  t.equal(page.problem.value, 'away')
  t.equal(page.details.value?.atMs, 1)
  planned[0]?.()
  await settle()
  t.equal(page.problem.value, undefined)
})

t.test('facts that were asked for before a change do not undo it', async (t) => {
  const late = Promise.withResolvers<{ ok: true; value: TurnDetails }>()
  const { page } = pageWith({
    details: () => late.promise,
    disconnect: facts(quietTurn(2)),
  })
  page.open()
  t.equal(await page.disconnect('a1'), undefined)
  late.resolve({ ok: true, value: busyTurn(1) })
  await settle()
  t.equal(page.details.value?.atMs, 2)
})

t.test('an allocation that is gone already is no fault', async (t) => {
  const { page } = pageWith({
    details: facts(quietTurn(3)),
    disconnect: async () => ({ ok: false, code: 'ALLOCATION_UNKNOWN', message: 'gone' }),
    retireSecret: async () => AWAY,
  })
  t.equal(await page.disconnect('a1'), undefined)
  t.equal(page.details.value?.atMs, 3)
  t.equal(await page.retireSecret('s1'), 'away')
})

t.test('one self-test at a time', async (t) => {
  let asked = 0
  const done = Promise.withResolvers<{ ok: true; value: TurnDetails }>()
  const { page } = pageWith({
    runSelfTest: () => {
      asked++
      return done.promise
    },
  })
  const running = page.runSelfTest()
  t.equal(page.isTesting.value, true)
  await page.runSelfTest()
  done.resolve({ ok: true, value: quietTurn(1) })
  t.equal(await running, undefined)
  t.equal(asked, 1)
  t.equal(page.isTesting.value, false)
})

t.test('tries every door from here, with credentials for that', async (t) => {
  const credentials = { username: 'u', password: 'p', ttl: 600, uris: [] }
  const { page } = pageWith(
    {
      details: facts(quietTurn(1)),
      testCredentials: async () => ({ ok: true, value: credentials }),
    },
    async ({ transport }, given) => {
      t.equal(given, credentials)
      return transport === 'udp' ? { ok: true, milliseconds: 7 } : { ok: false, reason: 'shut' }
    },
  )
  page.open()
  await settle()
  const trying = page.tryFromHere()
  t.equal(page.trials.value[0]?.outcome, undefined)
  t.equal(page.trials.value.length, 4)
  t.equal(await page.tryFromHere(), undefined, 'once at a time')
  t.equal(await trying, undefined)
  t.same(
    page.trials.value.map(({ outcome }) => outcome?.ok),
    [true, false, false, false],
  )
  const away = pageWith({ details: facts(quietTurn(1)), testCredentials: async () => AWAY })
  away.page.open()
  await settle()
  t.equal(await away.page.tryFromHere(), 'away')
  t.same(away.page.trials.value, [])
})

t.test('secrets are shown on request and forgotten with the page', async (t) => {
  const secret = { secret: 's', apiKey: 'k' }
  const { page } = pageWith({
    details: facts(quietTurn(1)),
    revealSecret: async (_csrf, password) =>
      password === 'right' ? { ok: true, value: secret } : { ...AWAY, message: 'wrong' },
    rotateSecret: async () => ({ ok: true, value: { ...secret, secret: 'new' } }),
  })
  page.open()
  t.equal(await page.revealSecret('a guess'), 'wrong')
  t.equal(page.secret.value, undefined)
  t.equal(await page.revealSecret('right'), undefined)
  t.same(page.secret.value, secret)
  t.equal(await page.rotateSecret(), undefined)
  t.equal(page.secret.value?.secret, 'new')
  page.close()
  t.equal(page.secret.value, undefined)
  await page.revealSecret('right')
  t.equal(page.secret.value, undefined, 'an answer that comes too late is not kept')
})

t.test('the client asks the right addresses', async (t) => {
  const asked: string[] = []
  const client = createTurnClient(async (path, init) => {
    const csrf = new Headers(init?.headers).get('x-csrf-token')
    asked.push(`${init?.method ?? 'GET'} ${path} ${csrf} ${init?.body ?? ''}`)
    return Response.json({})
  })
  await client.details()
  await client.runSelfTest('c')
  await client.testCredentials('c')
  await client.disconnect('c', 'a/1')
  await client.rotateSecret('c')
  await client.retireSecret('c', 's 1')
  await client.revealSecret('c', 'p')
  t.same(asked, [
    'GET /api/admin/turn null ',
    'POST /api/admin/turn/self-test c {}',
    'POST /api/admin/turn/credentials c {}',
    'DELETE /api/admin/turn/allocations/a%2F1 c ',
    'POST /api/admin/turn/secret c {}',
    'DELETE /api/admin/turn/previous-secrets/s%201 c ',
    'POST /api/admin/turn/secret/reveal c {"password":"p"}',
  ])
})
