import t from 'tap'
import type { Setting, SettingsDetails } from '#api'
import { SETTINGS, savedOnce, waiting } from '../../../server/test/sample-settings.ts'
import { createSettingsClient, type SettingsClient } from './settings-client.ts'
import { SettingsPage } from './settings-page.ts'
import { emptyOf, parseTyped, textOf } from './settings-values.ts'
import { groupsOf, isAbout, labelOf, moveOf } from './settings-wording.ts'

const facts = (value: SettingsDetails) => async () => ({ ok: true, value }) as const
const option = (path: string) => SETTINGS.find((each) => each.path === path) as Setting

/** A page whose clock the test moves. */
function pageWith(answers: Partial<SettingsClient>) {
  const unasked = async () => {
    throw new Error('this was not expected to be asked')
  }
  const planned: { delayMs: number; work: () => void }[] = []
  const client: SettingsClient = {
    details: facts(savedOnce),
    preview: unasked,
    save: unasked,
    restore: unasked,
    restart: unasked,
    ...answers,
  }
  const page = new SettingsPage({
    client,
    withLogin: (work) => work('c1'),
    isVisible: () => true,
    after: (delayMs, work) => {
      planned.push({ delayMs, work })
      return () => planned.splice(0)
    },
  })
  return { page, planned, client }
}

/** Lets what was promised happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('what is as it was is no change, and a secret always is one', async (t) => {
  const { page } = pageWith({})
  page.edit(option('web.https_port'), 9443)
  page.edit(option('turn.static_auth_secret'), 'x')
  t.same([...page.edits.value.keys()], ['web.https_port', 'turn.static_auth_secret'])
  page.edit(option('web.https_port'), 8444)
  t.same([...page.edits.value.keys()], ['turn.static_auth_secret'])
  page.undo('turn.static_auth_secret')
  t.same([...page.edits.value], [])
})

t.test('what the server said of changes holds as long as they do', async (t) => {
  const problems = [{ path: 'web.https_port', message: 'It is taken.', fix: 'Choose another.' }]
  const { page } = pageWith({
    preview: async () => ({ ok: true, value: { problems, changes: [], needRestart: [] } }),
  })
  page.edit(option('web.https_port'), 9443)
  t.equal(await page.review(), undefined)
  t.same(page.problemsOf('web.https_port'), problems)
  t.same(page.problemsOf('log.level'), [])
  page.edit(option('web.https_port'), 9444)
  t.same(page.problemsOf('web.https_port'), [])
})

t.test('changes are kept when they could not be saved, and gone when they were', async (t) => {
  let save: SettingsClient['save'] = async () => ({ ok: false, code: 'X', message: 'No.' })
  const { page } = pageWith({ save: (csrf, body) => save(csrf, body) })
  page.edit(option('log.level'), 'debug')
  t.equal(await page.save(false), 'No.')
  t.equal(page.edits.value.size, 1)
  save = async (_csrf, body) => {
    t.same(body, { values: { 'log.level': 'debug' }, restart: false })
    return { ok: true, value: savedOnce }
  }
  t.equal(await page.save(false), undefined)
  t.equal(page.edits.value.size, 0)
})

t.test('watches a restart closely, also while nobody answers, until it is over', async (t) => {
  let details: SettingsClient['details'] = facts(savedOnce)
  const { page, planned } = pageWith({
    details: () => details(),
    restart: facts(savedOnce),
  })
  page.open()
  await settle()
  t.equal(planned.at(-1)?.delayMs, 5000)
  t.equal(await page.restart(), undefined)
  t.equal(page.isRestarting, true)
  t.equal(planned.at(-1)?.delayMs, 700)
  details = async () => ({ ok: false, code: 'UNREACHABLE', message: 'away' })
  planned.at(-1)?.work()
  await settle()
  t.equal(page.isRestarting, true)
  details = facts(waiting)
  planned.at(-1)?.work()
  await settle()
  t.equal(page.isRestarting, false)
  t.equal(planned.at(-1)?.delayMs, 5000)
})

t.test('a restart that is refused is none', async (t) => {
  const { page } = pageWith({
    restart: async () => ({ ok: false, code: 'SETTINGS_REFUSED', message: 'The file is bad.' }),
  })
  page.open()
  await settle()
  t.equal(await page.restart(), 'The file is bad.')
  t.equal(page.isRestarting, false)
})

t.test('speaks to the API with what the log-in gave', async (t) => {
  const sent: unknown[] = []
  const client = createSettingsClient(async (path, init) => {
    sent.push([path, init?.method, new Headers(init?.headers).get('x-csrf-token')])
    return new Response('{}')
  })
  await client.details()
  await client.preview('c1', { values: {} })
  await client.save('c1', { values: {} })
  await client.restore('c1', '../x')
  await client.restart('c1')
  t.same(sent, [
    ['/api/admin/settings', undefined, null],
    ['/api/admin/settings/preview', 'POST', 'c1'],
    ['/api/admin/settings', 'POST', 'c1'],
    ['/api/admin/settings/versions/..%2Fx/restore', 'POST', 'c1'],
    ['/api/admin/restart', 'POST', 'c1'],
  ])
})

t.test('reads what was typed as the kind of the option, and leaves the rest to the server', (t) => {
  t.equal(parseTyped('number', ' 8443 '), 8443)
  t.equal(parseTyped('number', '8443x'), '8443x')
  t.equal(parseTyped('number', ''), '')
  t.same(parseTyped('list', ' a \n\nb'), ['a', 'b'])
  t.same(parseTyped('map', 'key: a:b\nother : c'), { key: 'a:b', other: 'c' })
  t.equal(parseTyped('map', 'no map'), 'no map')
  t.same([emptyOf('map'), emptyOf('list'), emptyOf('text')], [{}, [], ''])
  t.equal(textOf(['a', 'b']), 'a\nb')
  t.equal(textOf({ key: 'a' }), 'key: a')
  t.equal(textOf(false), 'false')
  t.end()
})

t.test('says in words what options are, and where the page goes', (t) => {
  t.equal(labelOf('web.https_port'), 'HTTPS port')
  t.equal(labelOf('web.tls.mode'), 'TLS mode')
  t.equal(labelOf('public_ipv6'), 'Public IPv6')
  t.same(
    groupsOf(SETTINGS).map(({ title }) => title),
    ['Addresses', 'Web pages and certificate', 'TURN', 'Calls', 'Log'],
  )
  t.equal(isAbout(option('calls.max_participants'), 'max CALL'), true)
  t.equal(isAbout(option('log.level'), 'relay'), false)
  const secure = { protocol: 'https:', hostname: 'calls.example.org', port: '8444' }
  const plain = { ...secure, protocol: 'http:' }
  const value = (path: string) => (path === 'web.tls.mode' ? 'off' : 9443)
  t.equal(moveOf(['turn.port'], value, secure), undefined)
  t.match(moveOf(['web.https_port'], value, secure), {
    url: 'https://calls.example.org:9443/admin/settings',
  })
  t.equal(moveOf(['web.https_port'], value, plain), undefined)
  t.match(moveOf(['web.http_port'], value, plain), { url: /^http:\/\/calls\.example\.org:9443/ })
  t.match(moveOf(['web.tls.mode'], value, secure), { url: undefined, text: /for the proxy/ })
  t.end()
})
