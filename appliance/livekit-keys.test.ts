import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from './config/load.ts'
import { createSecretsFile, loadSecrets, type Secrets, saveSecrets } from './data-dir.ts'
import { createLivekitKeys } from './livekit-keys.ts'

async function storeIn(
  dataDir: string,
  env: NodeJS.ProcessEnv = {},
  save = (secrets: Secrets) => saveSecrets(dataDir, secrets),
) {
  const { config } = await loadConfig({ env, defaultFile: '/nowhere/config.yaml' })
  const { secrets } = await loadSecrets(dataDir)
  return createLivekitKeys({ config, file: createSecretsFile(secrets, save), now: () => 1000 })
}

async function folderOf(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-livekit-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

t.test('rotates: the new key signs, the old one admits, and a restart keeps both', async (t) => {
  const folder = await folderOf(t)
  const keys = await storeIn(folder)
  const { all } = keys
  const old = keys.current()
  const rotation = await keys.rotate()
  t.match(rotation, { ok: true, key: /^API[A-Za-z0-9]{12}$/, secret: /^[A-Za-z0-9]{43}$/ })
  t.not(keys.current().key, old.key)
  t.equal(all.get(old.key), old.secret, 'the map that others hold follows')
  t.equal([...all.keys()][0], keys.current().key, 'the first signs')
  t.match(keys.list(), [
    { key: keys.current().key, origin: 'generated', retiredAtMs: undefined },
    { key: old.key, origin: 'generated', hint: `${old.secret.slice(0, 4)}…`, retiredAtMs: 1000 },
  ])
  const again = await storeIn(folder)
  t.same([...again.all], [...all])
  t.equal(await again.retire(old.key), true)
  t.same([...(await storeIn(folder)).all.keys()], [keys.current().key])
})

t.test('retires a previous key once, and never the one in use', async (t) => {
  const keys = await storeIn(await folderOf(t))
  const old = keys.current()
  t.equal(await keys.retire(old.key), false, 'it signs')
  await keys.rotate()
  t.equal(await keys.retire(old.key), true)
  t.equal(keys.all.has(old.key), false)
  t.equal(await keys.retire(old.key), false, 'gone already')
  t.equal(keys.all.size, 1)
})

t.test('leaves the keys of the configuration to it, and says what to do', async (t) => {
  const env = { CALLBOX_LIVEKIT__KEYS: `{ mine: ${'c'.repeat(32)}, other: ${'d'.repeat(32)} }` }
  const keys = await storeIn(await folderOf(t), env)
  t.match(keys.list(), [
    { key: 'mine', origin: 'config', retiredAtMs: undefined },
    { key: 'other', origin: 'config' },
  ])
  t.match(await keys.rotate(), { ok: false, message: /livekit\.keys.*restart/ })
  t.equal(await keys.retire('other'), false)
  t.same([...keys.all.keys()], ['mine', 'other'])
})

t.test('keeps at most ten keys besides the current one', async (t) => {
  const keys = await storeIn(await folderOf(t))
  await Promise.all(Array.from({ length: 10 }, () => keys.rotate()))
  t.equal(keys.all.size, 11, 'rotations at once are made one after the other')
  t.match(await keys.rotate(), { ok: false, message: /Retire one/ })
  t.equal(keys.all.size, 11)
})

t.test('uses no key that could not be kept, and can be asked again', async (t) => {
  let full = true
  const keys = await storeIn(await folderOf(t), {}, async () => {
    if (full) throw new Error('the disk is full')
  })
  const { key } = keys.current()
  await t.rejects(keys.rotate(), /full/)
  t.same([...keys.all.keys()], [key])
  full = false
  t.match(await keys.rotate(), { ok: true })
})
