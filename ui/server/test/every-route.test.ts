import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createRouter } from '../app.ts'
import type { UiDeps } from '../deps.ts'
import { createServices } from '../services.ts'
import { type Harness, startHarness, storeWith } from './harness.ts'
import { calmAlerts, scriptedAlerts } from './sample-alerts.ts'
import { callDetails, callList, scriptedCalls } from './sample-calls.ts'
import { scriptedCertificate, selfSigned } from './sample-certificate.ts'
import { scriptedConnect, scriptedKernel } from './sample-connect.ts'
import { sampleHistory } from './sample-history.ts'
import { scriptedSettings } from './sample-settings.ts'
import { quietStatus } from './sample-status.ts'
import { quietTurn, scriptedTurn } from './sample-turn.ts'

/**
 * What stands before an address.
 * `open`: nothing, or a key of its own. `same-origin`: our own pages, without a log-in.
 * `read`: a log-in. `admin-read`: an admin's. `own`: a log-in, and that the page asks.
 * `change`: an admin's log-in, and that the page asks.
 */
type Guard = 'open' | 'same-origin' | 'read' | 'admin-read' | 'own' | 'change'

/** Every address there is. Whoever adds one decides here what stands before it, and this proves it. */
const ROUTES: Readonly<Record<string, Guard>> = {
  'GET /': 'open',
  'OPTIONS /': 'open',
  'GET /favicon.ico': 'open',
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /call/:room': 'open',
  'GET /admin': 'open',
  'GET /admin/:section': 'open',
  'GET /admin/:section/:detail': 'open',
  'GET /assets/:name': 'open',
  'GET /api/turn': 'open',
  'POST /api/turn': 'open',
  'POST /api/call/:room/token': 'same-origin',
  'GET /metrics': 'read',
  'GET /api/admin/session': 'open',
  'POST /api/admin/setup': 'same-origin',
  'POST /api/admin/login': 'same-origin',
  'POST /api/admin/logout': 'own',
  'GET /api/admin/status': 'read',
  'POST /api/admin/join-links': 'change',

  'GET /api/admin/accounts': 'read',
  'POST /api/admin/accounts': 'change',
  'DELETE /api/admin/accounts/:name': 'change',
  'POST /api/admin/accounts/:name/role': 'change',
  'POST /api/admin/accounts/:name/password': 'change',
  'DELETE /api/admin/accounts/:name/totp': 'change',
  'POST /api/admin/own/password': 'own',
  'DELETE /api/admin/own/other-sessions': 'own',
  'POST /api/admin/own/totp': 'own',
  'POST /api/admin/own/totp/confirm': 'own',
  'POST /api/admin/own/totp/recovery-codes': 'own',
  'POST /api/admin/own/totp/remove': 'own',
  'DELETE /api/admin/sessions/:id': 'own',
  'POST /api/admin/tokens': 'change',
  'DELETE /api/admin/tokens/:id': 'change',
  'GET /api/admin/audit': 'admin-read',

  'GET /api/admin/turn': 'read',
  'POST /api/admin/turn/self-test': 'change',
  'POST /api/admin/turn/credentials': 'change',
  'DELETE /api/admin/turn/allocations/:id': 'change',
  'POST /api/admin/turn/secret': 'change',
  'DELETE /api/admin/turn/previous-secrets/:id': 'change',
  'POST /api/admin/turn/secret/reveal': 'change',

  'GET /api/admin/certificate': 'read',
  'POST /api/admin/certificate/upload': 'change',
  'POST /api/admin/certificate/order': 'change',
  'POST /api/admin/certificate/order/now': 'change',
  'POST /api/admin/certificate/self-signed': 'change',

  'GET /api/admin/history': 'read',
  'GET /api/admin/history.csv': 'read',

  'GET /api/admin/calls': 'read',
  'GET /api/admin/calls/:name': 'read',
  'GET /api/admin/calls/:name/record': 'read',
  'POST /api/admin/calls/:name/mute': 'change',
  'POST /api/admin/calls/:name/remove': 'change',
  'POST /api/admin/calls/:name/end': 'change',

  'GET /api/admin/alerts': 'read',
  'POST /api/admin/alerts/test': 'change',
  'POST /api/admin/alerts/:id/silence': 'change',

  'GET /api/admin/connect': 'read',
  'POST /api/admin/connect/test': 'change',
  'POST /api/admin/connect/trial': 'change',
  'POST /api/admin/connect/livekit-keys': 'change',
  'DELETE /api/admin/connect/livekit-keys/:key': 'change',
  'POST /api/admin/connect/livekit-keys/:key/reveal': 'change',

  'GET /api/admin/kernel': 'read',
  'POST /api/admin/kernel/apply': 'change',
  'POST /api/admin/kernel/revert': 'change',

  'GET /api/admin/settings': 'read',
  'POST /api/admin/settings': 'change',
  'POST /api/admin/settings/preview': 'change',
  'POST /api/admin/settings/versions/:id/restore': 'change',
  'POST /api/admin/restart': 'change',
}

/** The parts with pages of their own: of a new one the compiler asks for a stand-in here. */
type PartNames = {
  [Name in keyof UiDeps]-?: NonNullable<UiDeps[Name]> extends { details: unknown } ? Name : never
}[keyof UiDeps]

/** Every part that an appliance may have. */
const PARTS: Readonly<Required<Pick<UiDeps, 'metrics' | 'apiToken' | 'historyRange' | PartNames>>> =
  {
    metrics: () => 'up 1\n',
    historyRange: ({ fromMs, toMs, points }) => sampleHistory(fromMs, toMs, points),
    calls: scriptedCalls(
      () => callDetails(0),
      () => callList(0),
    ),
    alerts: scriptedAlerts(() => calmAlerts(0)),
    connect: scriptedConnect(),
    kernel: scriptedKernel(),
    settings: scriptedSettings(),
    turn: scriptedTurn(() => quietTurn(0)),
    certificate: scriptedCertificate(() => selfSigned(0)),
    apiToken: 'the-token-that-is-always-there',
  }

function existingRoutes(): readonly string[] {
  const quiet = () => {}
  const router = createRouter(
    createServices({
      ...PARTS,
      status: () => quietStatus(0),
      history: () => [],
      onPoint: () => quiet,
      readiness: () => ({ ready: true, services: [] }),
      issueCallToken: async () => '',
      issueInvite: async () => ({ token: '', expiresAtMs: 0 }),
      admitsInvite: async () => false,
      adminStore: storeWith({}),
      webRoot: 'none',
      publicOrigin: 'http://127.0.0.1',
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      clock: { unixMs: () => 0 },
      random: randomBytes,
    }),
  )
  return router.stack.flatMap(({ methods, path }) =>
    methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`),
  )
}

type Ask = (headers: Record<string, string>) => Promise<string>

/** Asks for an address; answers the status and, of a refusal, its code. */
function asking({ send }: Harness, route: string): Ask {
  const [method = '', path = ''] = route.split(' ')
  const to = path.replaceAll(/:\w+/g, 'x')
  const body = method === 'POST' ? '{}' : undefined
  return async (headers) => {
    const { status, json } = await send(method, to, {
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    return `${status} ${json?.error?.code ?? ''}`.trim()
  }
}

async function startWithPeople(t: import('tap').Test) {
  const harness = await startHarness(t, {
    ...PARTS,
    adminStore: storeWith({ admin: 'admin', vera: 'viewer' }),
    trustedProxies: ['127.0.0.1'],
    attemptLimits: { perAddress: 1000, everybody: 1000, perAccount: 1000 },
  })
  const as = async (name: string) => {
    const { cookie, csrf } = await harness.logIn(name)
    return { cookie, 'x-csrf-token': csrf, origin: harness.origin }
  }
  return { harness, admin: await as('admin'), viewer: await as('vera') }
}

t.test('each address there is has its place in this table, and no other', async (t) => {
  t.same([...existingRoutes()].sort(), Object.keys(ROUTES).sort())
})

t.test('no address lets in who should stay out', async (t) => {
  const { harness, admin, viewer } = await startWithPeople(t)
  const foreign = { origin: 'https://elsewhere.example' }
  const wrongCsrf = { 'x-csrf-token': 'wrong' }
  for (const [route, guard] of Object.entries(ROUTES)) {
    const ask = asking(harness, route)
    if (guard === 'open') continue
    if (guard === 'same-origin') {
      t.equal(await ask({ ...admin, ...foreign }), '403 CROSS_ORIGIN', route)
      continue
    }
    t.equal(await ask({ origin: harness.origin }), '401 LOGIN_REQUIRED', `${route}: nobody`)
    const stranger = { ...admin, cookie: 'callbox_session=guessed' }
    t.equal(await ask(stranger), '401 LOGIN_REQUIRED', `${route}: a guessed cookie`)
    const wrongToken = { authorization: 'Bearer guessed', 'x-forwarded-for': randomAddress() }
    t.equal(await ask(wrongToken), '401 TOKEN_WRONG', `${route}: a guessed token`)
    if (guard === 'read') continue
    if (guard === 'admin-read' || guard === 'change') {
      t.equal(await ask(viewer), '403 ROLE_NEEDED', `${route}: a viewer`)
      const script = { authorization: `Bearer ${PARTS.apiToken}` }
      t.equal(await ask(script), '403 ROLE_NEEDED', `${route}: a viewer's token`)
    }
    if (guard === 'admin-read') continue
    const { cookie, origin } = admin
    t.equal(await ask({ cookie, origin }), '403 CSRF_MISMATCH', `${route}: no CSRF token`)
    t.equal(await ask({ ...admin, ...wrongCsrf }), '403 CSRF_MISMATCH', `${route}: a wrong one`)
    const theirs = { ...admin, 'x-csrf-token': viewer['x-csrf-token'] }
    t.equal(await ask(theirs), '403 CSRF_MISMATCH', `${route}: another log-in's CSRF token`)
    t.equal(await ask({ ...admin, ...foreign }), '403 CROSS_ORIGIN', `${route}: another site`)
    const crossSite = { ...admin, 'sec-fetch-site': 'cross-site' }
    t.equal(await ask(crossSite), '403 CROSS_ORIGIN', `${route}: another site's form`)
  }
})

t.test('and each lets in who should come in', async (t) => {
  const { harness, admin, viewer } = await startWithPeople(t)
  const refused = /LOGIN_REQUIRED|ROLE_NEEDED|CSRF_MISMATCH|CROSS_ORIGIN|TOKEN_WRONG/
  const script = { authorization: `Bearer ${PARTS.apiToken}` }
  for (const [route, guard] of Object.entries(ROUTES)) {
    if (/logout|own\/other-sessions/.test(route)) continue
    const ask = asking(harness, route)
    t.notMatch(await ask(admin), refused, `${route}: an admin`)
    if (guard === 'read' || guard === 'own') t.notMatch(await ask(viewer), refused, route)
    if (guard === 'read')
      t.match(
        await ask(script),
        /^(200|400 INPUT_INVALID|404 CALL_UNKNOWN)/,
        `${route}: a viewer's token`,
      )
  }
})

/** Wrong tokens bar an address, which is another test's business. */
function randomAddress(): string {
  return `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`
}
