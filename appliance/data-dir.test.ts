import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from './config/load.ts'
import {
  createSecretsFile,
  livekitKeys,
  loadSecrets,
  readSecrets,
  writePrivately,
} from './data-dir.ts'
import { turnSecrets } from './relay/turn-secrets.ts'

const folder = await mkdtemp(join(tmpdir(), 'callbox-data-'))
t.teardown(() => rm(folder, { recursive: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

t.test('generates the secrets once, for the owner only', async (t) => {
  const dataDir = join(folder, 'deep', 'data')
  t.equal(await readSecrets(dataDir), undefined)
  const first = await loadSecrets(dataDir)
  t.match(first.secrets, {
    turnStaticAuthSecret: /^[\w-]{43}$/,
    livekit: { key: /^API[A-Za-z0-9]{12}$/, secret: /^[A-Za-z0-9]{43}$/ },
    adminApiToken: /^[\w-]{43}$/,
    turnPreviousSecrets: [],
    livekitPreviousKeys: [],
    turnApiKey: /^[\w-]{43}$/,
  })
  t.same(first.warnings, [])
  t.equal(await modeOf(dataDir), 0o700)
  t.equal(await modeOf(join(dataDir, 'secrets.json')), 0o600)
  t.same((await loadSecrets(dataDir)).secrets, first.secrets)
  t.same(await readdir(dataDir), ['secrets.json'], 'leaves no draft behind')
})

t.test('starts at the same moment agree on the secrets', async (t) => {
  const dataDir = join(folder, 'race')
  const all = await Promise.all(Array.from({ length: 8 }, () => loadSecrets(dataDir)))
  t.equal(new Set(all.map(({ secrets }) => JSON.stringify(secrets))).size, 1)
})

t.test('completes the secrets that an earlier version wrote, once', async (t) => {
  const dataDir = join(folder, 'earlier')
  const { secrets } = await loadSecrets(dataDir)
  const {
    turnApiKey: _key,
    turnPreviousSecrets: _previous,
    livekitPreviousKeys: _previousKeys,
    ...earlier
  } = secrets
  await writeFile(join(dataDir, 'secrets.json'), JSON.stringify(earlier))
  t.match(await readSecrets(dataDir), {
    ...earlier,
    turnPreviousSecrets: [],
    livekitPreviousKeys: [],
  })
  const completed = await loadSecrets(dataDir)
  t.match(completed.secrets, { ...earlier, turnApiKey: /^[\w-]{43}$/ })
  t.same(await readSecrets(dataDir), completed.secrets)
  t.same((await loadSecrets(dataDir)).secrets, completed.secrets)
})

t.test('closes a secret file that others may read, and warns', async (t) => {
  const dataDir = join(folder, 'open')
  await loadSecrets(dataDir)
  await chmod(join(dataDir, 'secrets.json'), 0o644)
  const { warnings } = await loadSecrets(dataDir)
  t.match(warnings, [{ message: /mode 0644/ }])
  t.equal(await modeOf(join(dataDir, 'secrets.json')), 0o600)
})

t.test('refuses damaged secrets and a directory that cannot be one', async (t) => {
  const dataDir = join(folder, 'damaged')
  await loadSecrets(dataDir)
  await writeFile(join(dataDir, 'secrets.json'), '{"livekit":')
  await t.rejects(loadSecrets(dataDir), { code: 'SECRETS_UNREADABLE' })
  await writeFile(join(dataDir, 'secrets.json'), '{"livekit":{}}')
  await t.rejects(loadSecrets(dataDir), { code: 'SECRETS_UNREADABLE' })
  await writeFile(join(folder, 'file'), '')
  await t.rejects(loadSecrets(join(folder, 'file')), { code: 'DATA_DIR_UNUSABLE' })
})

t.test('replaces a private file whole, or keeps the one that is there', async (t) => {
  const file = join(folder, 'private')
  t.equal(await writePrivately(file, 'one'), true)
  t.equal(await writePrivately(file, 'two', { keepExisting: true }), false)
  t.equal(await readFile(file, 'utf8'), 'one')
  t.equal(await writePrivately(file, 'three'), true)
  t.equal(await readFile(file, 'utf8'), 'three')
})

t.test('parts that change their secrets at once keep each other’s', async (t) => {
  const { secrets } = await loadSecrets(join(folder, 'together'))
  const saved: unknown[] = []
  const file = createSecretsFile(secrets, async (next) => void saved.push(next))
  const livekit = { key: 'another', secret: 'x'.repeat(43) }
  await Promise.all([
    file.replace({ turnStaticAuthSecret: 'y'.repeat(43) }),
    file.replace({ livekit }),
  ])
  t.match(file.current(), { ...secrets, livekit, turnStaticAuthSecret: 'y'.repeat(43) })
  t.same(saved.at(-1), file.current())
})

t.test('configured secrets win over generated ones', async (t) => {
  const { secrets } = await loadSecrets(join(folder, 'win'))
  const absent = join(folder, 'absent.yaml')
  const plain = await loadConfig({ env: {}, defaultFile: absent })
  t.same(turnSecrets(plain.config, secrets), [secrets.turnStaticAuthSecret])
  t.same([...livekitKeys(plain.config, secrets)], [[secrets.livekit.key, secrets.livekit.secret]])
  const given = await loadConfig({
    defaultFile: absent,
    env: {
      CALLBOX_TURN__STATIC_AUTH_SECRET: 'a'.repeat(16),
      CALLBOX_TURN__PREVIOUS_SECRETS: 'b'.repeat(16),
      CALLBOX_LIVEKIT__KEYS: `{ k: ${'c'.repeat(32)} }`,
    },
  })
  t.same(turnSecrets(given.config, secrets), ['a'.repeat(16), 'b'.repeat(16)])
  t.same([...livekitKeys(given.config, secrets)], [['k', 'c'.repeat(32)]])
})
