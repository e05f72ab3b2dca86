import t from 'tap'
import { defaults } from '../config/defaults.ts'
import type { Config } from '../config/schema.ts'
import { createSecretsFile, type Secrets } from '../data-dir.ts'
import { createTurnSecrets } from './turn-secrets.ts'

const first: Secrets = {
  turnStaticAuthSecret: 'first-generated-secret',
  turnPreviousSecrets: [],
  livekitPreviousKeys: [],
  turnApiKey: 'k'.repeat(43),
  livekit: { key: 'key', secret: 's'.repeat(43) },
  adminApiToken: 'a'.repeat(43),
}

function configWith(turn: Partial<Config['turn']>): Config {
  return {
    ...defaults,
    livekit: { keys: {}, webhook: { urls: [] } },
    turn: { ...defaults.turn, ...turn },
  }
}

function storeWith(turn: Partial<Config['turn']> = {}) {
  const saved: Secrets[] = []
  let changes = 0
  const store = createTurnSecrets({
    config: configWith(turn),
    file: createSecretsFile(first, async (secrets) => void saved.push(secrets)),
    now: () => 1000,
  })
  store.onChange(() => changes++)
  return { store, saved, changes: () => changes }
}

t.test('rotates: the new one signs, the old one still admits, and both are kept', async (t) => {
  const { store, saved, changes } = storeWith()
  const rotation = await store.rotate()
  t.match(rotation, { ok: true, secret: /^[\w-]{43}$/ })
  t.equal(rotation.ok && rotation.secret, store.current())
  t.same(store.all(), [store.current(), 'first-generated-secret'])
  t.match(store.previous(), [{ origin: 'generated', retiredAtMs: 1000, id: /^[0-9a-f]{12}$/ }])
  t.match(saved, [{ ...first, turnStaticAuthSecret: store.current() }])
  t.same(saved[0]?.turnPreviousSecrets.length, 1)
  t.equal(changes(), 1)
})

t.test('two rotations at once make two secrets, one after the other', async (t) => {
  const { store } = storeWith()
  await Promise.all([store.rotate(), store.rotate()])
  t.equal(new Set(store.all()).size, 3)
  t.equal(store.all()[2], 'first-generated-secret')
})

t.test('retires a previous secret, and neither the current one nor the configured', async (t) => {
  const { store, changes } = storeWith({ previous_secrets: ['a configured secret'] })
  await store.rotate()
  const ids = store.previous().map(({ id }) => id)
  t.equal(await store.retire(ids[0] ?? ''), false, 'set by the configuration')
  t.equal(await store.retire(ids[1] ?? ''), true)
  t.equal(await store.retire(ids[1] ?? ''), false, 'gone already')
  t.same(store.all(), [store.current(), 'a configured secret'])
  t.equal(changes(), 2)
})

t.test('does not rotate what the configuration sets, and says what to do', async (t) => {
  const { store, saved } = storeWith({ static_auth_secret: 'a configured secret' })
  t.match(await store.rotate(), { ok: false, message: /turn\.static_auth_secret.*reload/ })
  t.same(saved, [])
  t.equal(store.origin(), 'config')
})

t.test('keeps at most ten secrets besides the current one', async (t) => {
  const { store } = storeWith()
  for (let count = 0; count < 10; count++) await store.rotate()
  t.match(await store.rotate(), { ok: false, message: /Retire one/ })
  t.equal(store.all().length, 11)
})

t.test('uses no secret that could not be kept, and can be asked again', async (t) => {
  let full = true
  const store = createTurnSecrets({
    config: configWith({}),
    file: createSecretsFile(first, async () => {
      if (full) throw new Error('the disk is full')
    }),
  })
  await t.rejects(store.rotate(), /full/)
  t.same(store.all(), ['first-generated-secret'])
  full = false
  t.match(await store.rotate(), { ok: true })
})

t.test('follows a configuration that was read again', async (t) => {
  const { store, changes } = storeWith()
  store.follow(configWith({ static_auth_secret: 'b'.repeat(16), static_users: { ann: 'pass' } }))
  t.equal(store.current(), 'b'.repeat(16))
  t.same([...store.users()], [['ann', 'pass']])
  t.equal(changes(), 1)
})
