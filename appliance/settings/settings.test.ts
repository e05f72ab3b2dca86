import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../config/load.ts'
import { goBack, lastStarted } from './go-back.ts'
import { settingsOn } from './test/settings-on.ts'

const quiet = { error: () => undefined }

const SECRET = 'a-secret-of-the-page-0123456789'

t.test('a saved value goes before the file, and the environment before it', async (t) => {
  const env = { CALLBOX_TURN__REALM: 'fixed' }
  const { admin, load, dataDir, applied } = await settingsOn(t, 'log: { level: warn }', env)
  const saved = await admin.save({ values: { 'log.level': 'debug', 'turn.port': 3479 } }, 'ann')
  t.match(saved, {
    ok: true,
    changes: [
      { path: 'turn.port', before: '3478', after: '3479', live: false },
      { path: 'log.level', before: 'warn', after: 'debug', live: true },
    ],
  })
  t.match(await load(), { log: { level: 'debug' }, turn: { port: 3479, realm: 'fixed' } })
  t.same(applied, [['debug', 0]], 'what is live is taken over at once')
  t.equal((await stat(join(dataDir, 'settings.yaml'))).mode & 0o777, 0o600)
  const { settings, pending } = await admin.details()
  const row = (path: string) => settings.find((setting) => setting.path === path)
  t.same(pending, ['turn.port'])
  t.match(row('turn.port'), { origin: 'page', value: 3479, pending: true, live: false })
  t.match(row('log.level'), { origin: 'page', value: 'debug', pending: false, live: true })
  t.match(row('log.level')?.choices, ['debug', 'info', 'warn', 'error'])
  t.match(row('turn.realm'), { origin: 'environment', locked: /CALLBOX_TURN__REALM/ })
  t.match(row('rtcd.enabled'), { locked: /not in this version/ })
  t.equal(row('turn.limits.allocations')?.choices, undefined)
  await admin.save({ values: { 'log.level': null } }, 'ann')
  t.match(await load(), { log: { level: 'warn' } })
})

t.test('refuses with the words of the checks, and then nothing is changed', async (t) => {
  const env = { CALLBOX_TURN__REALM: 'fixed' }
  const { admin, dataDir, applied } = await settingsOn(t, '', env)
  const refused = async (values: Parameters<typeof admin.save>[0]['values']) => {
    const preview = await admin.preview({ values })
    const saved = await admin.save({ values }, 'ann')
    t.equal(saved.ok, false)
    return preview.problems.map(({ path, message, fix }) => `${path} ${message} ${fix}`).join()
  }
  t.match(await refused({ 'turn.port': 0 }), /turn\.port 0: it takes a port.*Settings/)
  t.match(await refused({ 'turn.port': 8444 }), /turn\.port 8444: web.https_port uses the same TCP/)
  t.match(await refused({ 'turn.realm': 'other' }), /turn\.realm.*CALLBOX_TURN__REALM/)
  t.match(await refused({ 'rtcd.enabled': false }), /not in this version/)
  t.match(await refused({ 'no.such': 1 }), /no\.such There is no such option/)
  t.match(await refused({ 'web.tls.mode': 'files' }), /cert_file.*needs it/)
  t.match(await refused({ 'turn.realm': null, 'log.level': 'loud' }), /log\.level 'loud'/)
  t.match(
    await refused({ 'web.tls.cert_file': 'x'.repeat(300_000) }),
    /more, or other, than their file/,
  )
  t.match(await refused({ 'turn.static_auth_secret': 'tooshort' }), /\(hidden\): it takes/)
  t.same(await readdir(dataDir).catch(() => []), [])
  t.same(applied, [])
})

t.test(
  'no secret leaves: neither as a value, nor as a change, nor among the versions',
  async (t) => {
    const { admin } = await settingsOn(t)
    const values = {
      'turn.static_auth_secret': SECRET,
      'turn.static_users': { bridge: SECRET },
      'livekit.keys': { key: SECRET.repeat(2) },
    }
    const told = [await admin.preview({ values }), await admin.save({ values }, 'ann')]
    t.match(told[1], {
      changes: [{ path: 'turn.static_auth_secret', before: 'not set', after: 'set' }],
    })
    const other = { 'turn.static_auth_secret': `${SECRET}-2` }
    t.match(await admin.save({ values: other }, 'ann'), {
      changes: [{ before: 'set', after: 'another one' }],
    })
    t.match(await admin.save({ values: { 'turn.static_auth_secret': '' } }, 'ann'), {
      changes: [{ after: 'not set' }],
    })
    t.notMatch(JSON.stringify([told, await admin.details()]), SECRET)
  },
)

t.test('keeps twenty versions, the newest first, and goes back to one', async (t) => {
  const { admin, load, dataDir } = await settingsOn(t, 'calls: { max_participants: 5 }')
  for (let most = 1; most <= 25; most++) {
    await admin.save({ values: { 'calls.max_participants': most } }, `admin ${most}`)
  }
  const { versions } = await admin.details()
  t.equal(versions.length, 20)
  t.match(versions[0], {
    by: 'admin 25',
    isCurrent: true,
    changes: [{ before: '24', after: '25' }],
  })
  t.equal((await readdir(join(dataDir, 'settings-versions'))).length, 20)
  t.equal(versions.filter(({ isCurrent }) => isCurrent).length, 1)
  const goal = versions.find(({ by }) => by === 'admin 9')
  t.match(await admin.restore(goal?.id ?? '', 'ben'), { ok: true })
  t.match(await load(), { calls: { max_participants: 9 } })
  t.match(await admin.restore('1', 'ben'), { ok: false, message: /no longer kept/ })
  t.match(await admin.restore('../../config', 'ben'), { ok: false })
})

t.test('the first version is what was before anything was saved', async (t) => {
  const { admin, load } = await settingsOn(t)
  await admin.save({ values: { 'turn.port': 3479 } }, 'ann')
  const { versions } = await admin.details()
  t.match(versions, [
    { by: 'ann', isCurrent: true },
    { by: '', isCurrent: false },
  ])
  await admin.restore(versions[1]?.id ?? '', 'ann')
  t.match(await load(), { turn: { port: 3478 } })
})

t.test('a damaged file: the version before is in effect, and it is said', async (t) => {
  const { admin, from, dataDir } = await settingsOn(t)
  await admin.save({ values: { 'turn.port': 3479 } }, 'ann')
  const file = join(dataDir, 'settings.yaml')
  for (const damage of ['turn: { port: 99999 }', 'turn: [', '- a list', 'x'.repeat(300_000)]) {
    await writeFile(file, damage)
    const { config, settings } = await loadConfig(from)
    t.equal(config.turn.port, 3479, damage.slice(0, 20))
    t.match(settings.notices, [{ message: /cannot be used[\s\S]*version before is in effect/ }])
    t.ok(settings.problems.length > 0)
    t.match((await admin.details()).notices, [{ message: /cannot be used/ }])
  }
  t.match(await admin.save({ values: { 'log.level': 'warn' } }, 'ann'), { ok: true })
  const { config, settings } = await loadConfig(from)
  t.match(
    [config.turn.port, config.log.level, settings.notices],
    [3479, 'warn', []],
    'saving mends it',
  )
})

t.test('without a good version nothing is laid over the file', async (t) => {
  const { from, dataDir } = await settingsOn(t, 'turn: { port: 3490 }')
  await mkdir(join(dataDir, 'settings-versions'), { recursive: true })
  await writeFile(join(dataDir, 'settings-versions/1800000000000.yaml'), 'nonsense: true')
  await writeFile(join(dataDir, 'settings.yaml'), 'turn: { port: 8444 }')
  const { config, settings } = await loadConfig(from)
  t.equal(config.turn.port, 3490)
  t.match(settings.notices, [{ message: /runs without it/ }])
})

t.test('a configuration file that is bad by itself refuses as ever', async (t) => {
  const { admin, from, config } = await settingsOn(t)
  await admin.save({ values: { 'turn.port': 3479 } }, 'ann')
  await writeFile(config, 'turn: { prot: 1 }')
  await t.rejects(loadConfig(from), { code: 'CONFIG_INVALID', message: /turn\.prot/ })
  t.match((await admin.details()).notices, [{ message: /turn\.prot/ }], 'the page goes on')
  t.match(await admin.restart('ann'), { ok: false, message: /turn\.prot/ })
})

t.test('leaves aside what this version does not know', async (t) => {
  const { from, dataDir } = await settingsOn(t)
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'settings.yaml'), 'turn: { port: 3479, later: 1 }\nnewer: { a: 1 }')
  const { config, settings } = await loadConfig(from)
  t.equal(config.turn.port, 3479)
  t.match(settings, {
    problems: [],
    notices: [{ message: /turn\.later, newer\. It is left aside/ }],
  })
})

t.test('a restart is asked for once the configuration can be loaded', async (t) => {
  const { admin, restarts } = await settingsOn(t)
  const asked = restarts.requested()
  t.match(await admin.restart('ann'), { ok: true })
  t.equal(await asked, 'ann')
})

t.test(
  'after a failed restart what needs one is taken back, and what was live stays',
  async (t) => {
    const { admin, from, store, running, load, dataDir } = await settingsOn(t)
    await admin.save({ values: { 'turn.port': 3479, 'log.level': 'debug' } }, 'ann')
    const failed = await loadConfig(from)
    const loaded = await goBack(running, failed, {
      from,
      store,
      nowMs: 1_900_000_000_000,
      log: quiet,
    })
    t.match(loaded.config, { turn: { port: 3478 }, log: { level: 'debug' } })
    t.match(await load(), { turn: { port: 3478 }, log: { level: 'debug' } })
    t.match((await admin.details()).versions[0], { by: /restart did not work/, isCurrent: true })
    t.notMatch(await readFile(join(dataDir, 'settings.yaml'), 'utf8'), '3479')
  },
)

t.test('a full disk does not keep it from going back', async (t) => {
  const { admin, from, store, running } = await settingsOn(t)
  await admin.save({ values: { 'turn.port': 3479 } }, 'ann')
  const failed = await loadConfig(from)
  const full = { ...store, save: () => Promise.reject(new Error('no space left')) }
  const said: string[] = []
  const log = { error: (_fields: object, message: string) => void said.push(message) }
  const loaded = await goBack(running, failed, { from, store: full, nowMs: 1, log })
  t.equal(loaded.config.turn.port, 3478)
  t.match(said, [/could not be taken back/])
})

t.test('a first start that does not work can try what it last started with', async (t) => {
  const { admin, from, store, dataDir } = await settingsOn(t)
  await admin.save({ values: { 'turn.realm': 'office' } }, 'ann')
  t.equal(await lastStarted(await loadConfig(from), { from, store }), undefined, 'never started')
  await store.noteStarted((await loadConfig(from)).settings.values, 1_800_000_000_000)
  t.equal(await lastStarted(await loadConfig(from), { from, store }), undefined, 'the same')
  await admin.save({ values: { 'log.level': 'debug' } }, 'ann')
  t.equal(await lastStarted(await loadConfig(from), { from, store }), undefined, 'it was in effect')
  await admin.save({ values: { 'turn.port': 3479, 'turn.realm': 'home' } }, 'ann')
  const earlier = await lastStarted(await loadConfig(from), { from, store })
  t.match(earlier?.config, { turn: { port: 3478, realm: 'office' }, log: { level: 'debug' } })
  const file = join(dataDir, 'settings-versions/started.yaml')
  t.equal((await stat(file)).mode & 0o777, 0o600, 'it may hold secrets')
  t.notMatch(
    (await admin.details()).versions.map(({ id }) => id),
    ['started'],
  )
  await writeFile(file, 'damaged: [')
  t.equal(await lastStarted(await loadConfig(from), { from, store }), undefined)
})
