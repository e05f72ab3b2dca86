import t from 'tap'
import type { AdminSession } from '#api'
import { type AdminClient, createAdminClient, type Reply } from './admin-client.ts'
import { AdminPage } from './admin-page.ts'
import { LiveFeed } from './live-feed.ts'

const LOGGED_IN: AdminSession = {
  state: 'logged-in',
  csrf: 'c1',
  name: 'admin',
  role: 'admin',
}
const REFUSED = { ok: false, code: 'LOGIN_REQUIRED', message: 'Log in as admin first.' } as const

function pageWith(answers: Partial<AdminClient>, setupCode?: string) {
  const unasked = async () => {
    throw new Error('this was not expected to be asked')
  }
  const feeds: { stop: () => void; loggedOut: () => void }[] = []
  const client: AdminClient = {
    session: unasked,
    setUp: unasked,
    logIn: unasked,
    logOut: unasked,
    createJoinLink: unasked,
    ...answers,
  }
  let stopped = 0
  const createFeed = (loggedOut: () => void) => {
    const feed = new LiveFeed({
      openSocket: () => () => {
        stopped++
      },
      isLoggedIn: async () => 'yes',
      onLoggedOut: loggedOut,
      nowMs: () => 0,
      after: () => () => {},
    })
    feeds.push({ stop: () => feed.stop(), loggedOut })
    return feed
  }
  return { page: new AdminPage({ client, setupCode, createFeed }), feeds, stopped: () => stopped }
}

const session = (value: AdminSession) => async (): Promise<Reply<AdminSession>> => ({
  ok: true,
  value,
})

t.test('shows what the server says is next', async (t) => {
  const { page } = pageWith({ session: session({ state: 'needs-setup' }) }, 'the-code')
  t.equal(page.scene.value.name, 'loading')
  await page.open()
  t.same(page.scene.value, { name: 'setup', code: 'the-code' })

  const late = pageWith({ session: session({ state: 'logged-out' }) }, 'the-code')
  await late.page.open()
  t.match(late.page.scene.value, { name: 'login', notice: /set-up link works once/ })

  const away = pageWith({ session: async () => ({ ok: false, code: 'X', message: 'away' }) })
  await away.page.open()
  t.same(away.page.scene.value, { name: 'unreachable', message: 'away' })
})

t.test('set-up leads to the dashboard, a refusal stays with its reason', async (t) => {
  const setUp: AdminClient['setUp'] = async (code, { password }) =>
    code === 'the-code' && password === 'long enough'
      ? { ok: true, value: LOGGED_IN }
      : { ok: false, code: 'PASSWORD_TOO_SHORT', message: 'too short' }
  const { page } = pageWith({ session: session({ state: 'needs-setup' }), setUp }, 'the-code')
  await page.open()
  t.equal(await page.setUp({ name: 'ada', password: 'short' }), 'too short')
  t.equal(page.scene.value.name, 'setup')
  t.equal(await page.setUp({ name: 'ada', password: 'long enough' }), undefined)
  t.equal(page.scene.value.name, 'dashboard')
})

t.test('tells who is logged in and what they may do', async (t) => {
  const viewer: AdminSession = { state: 'logged-in', csrf: 'c2', name: 'vera', role: 'viewer' }
  const answers = [LOGGED_IN, viewer]
  const { page } = pageWith({
    session: async () => ({ ok: true, value: answers.shift() ?? { state: 'logged-out' } }),
    logIn: async ({ code }) =>
      code === undefined
        ? { ok: false, code: 'CODE_NEEDED', message: 'Type the code.' }
        : { ok: true, value: viewer },
    logOut: session({ state: 'logged-out' }),
  })
  t.equal(page.role.value, 'viewer', 'nothing is offered to nobody')
  await page.open()
  t.same([page.account.value?.name, page.role.value], ['admin', 'admin'])
  t.equal(await page.isLoggedIn(), 'yes')
  t.equal(page.role.value, 'viewer', 'when that was changed meanwhile')
  await page.logOut()
  t.equal(page.account.value, undefined)
  const proof = { name: 'vera', password: 'x' }
  t.match(await page.logIn(proof), { code: 'CODE_NEEDED' })
  t.equal(page.scene.value.name, 'login')
  t.equal(await page.logIn({ ...proof, code: '123456' }), undefined)
  t.same([page.account.value?.name, page.role.value], ['vera', 'viewer'])
})

t.test('every way out of the dashboard stops the feed and says why', async (t) => {
  const answers: Partial<AdminClient> = {
    session: session(LOGGED_IN),
    logOut: session({ state: 'logged-out' }),
    createJoinLink: async () => REFUSED,
  }
  const ways: [string, (page: AdminPage, loggedOut: () => void) => unknown, RegExp][] = [
    ['log-out', (page) => page.logOut(), /You are logged out/],
    ['an ended session seen by the feed', (_page, loggedOut) => loggedOut(), /has ended/],
    ['an ended session seen by an action', (page) => page.createJoinLink('a'), /has ended/],
  ]
  for (const [name, leave, notice] of ways) {
    const { page, feeds, stopped } = pageWith(answers)
    await page.open()
    await leave(page, feeds[0]?.loggedOut ?? (() => t.fail('no feed')))
    t.match(page.scene.value, { name: 'login', notice }, name)
    t.equal(stopped(), 1, name)
  }
})

t.test('a log-out that fails is told, and the dashboard stays', async (t) => {
  const fault = { ok: false, code: 'UNREACHABLE', message: 'The server does not answer.' } as const
  const { page } = pageWith({ session: session(LOGGED_IN), logOut: async () => fault })
  await page.open()
  t.equal(await page.logOut(), 'The server does not answer.')
  t.equal(page.scene.value.name, 'dashboard')
})

t.test('the client turns every kind of answer into a reply', async (t) => {
  const reply = (answer: () => Promise<Response>) => createAdminClient(answer).session()
  const json = (status: number, body: unknown) => async () => Response.json(body, { status })
  t.same(await reply(json(200, LOGGED_IN)), { ok: true, value: LOGGED_IN })
  t.same(await reply(json(401, { error: { code: 'A', message: 'b' } })), {
    ok: false,
    code: 'A',
    message: 'b',
  })
  const unreachable = { ok: false, code: 'UNREACHABLE' }
  t.match(await reply(async () => Promise.reject(new TypeError('network'))), unreachable)
  t.match(
    await reply(async () => new Response('<h1>Bad gateway</h1>', { status: 502 })),
    unreachable,
  )
  t.match(await reply(json(500, { error: 'odd' })), unreachable)
  await t.rejects(
    reply(async () => Promise.reject(new Error('a bug'))),
    /a bug/,
  )
})
