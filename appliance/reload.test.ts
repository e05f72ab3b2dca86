import t from 'tap'
import { loadConfig } from './config/load.ts'
import { ApplianceError } from './errors.ts'
import { createLiveConfig } from './reload.ts'

const load = async (env: NodeJS.ProcessEnv) =>
  (await loadConfig({ env, defaultFile: '/nowhere/config.yaml' })).config

async function startedWith(env: NodeJS.ProcessEnv) {
  const lines: [string, object][] = []
  const applied: unknown[] = []
  let next: () => ReturnType<typeof load> = () => load(env)
  const live = createLiveConfig({
    config: await load(env),
    load: () => next(),
    apply: (config) => applied.push(config.turn.static_auth_secret),
    log: {
      info: (fields, message) => lines.push([message, fields]),
      warn: (fields, message) => lines.push([message, fields]),
    },
  })
  return { live, lines, applied, readNext: (then: typeof next) => (next = then) }
}

const secret = { CALLBOX_TURN__STATIC_AUTH_SECRET: 'the secret of before'.replaceAll(' ', '-') }
const other = { CALLBOX_TURN__STATIC_AUTH_SECRET: 'another-secret-now' }

t.test('takes over what may change, and names what needs a restart', async (t) => {
  const { live, lines, applied, readNext } = await startedWith(secret)
  readNext(() => load({ ...other, CALLBOX_TURN__PORT: '3479' }))
  await live.reload()
  t.same(applied, ['another-secret-now'])
  t.equal(live.current().turn.static_auth_secret, 'another-secret-now')
  t.equal(live.current().turn.port, 3478, 'the port that is really open')
  t.same(lines, [
    ['the configuration was read again', { applied: ['turn.static_auth_secret'] }],
    ['changed options that need a restart', { needRestart: ['turn.port'] }],
  ])
})

t.test('keeps the last good one, and says what is wrong with the new one', async (t) => {
  const { live, lines, applied, readNext } = await startedWith(secret)
  readNext(() => load({ CALLBOX_TURN__PORT: 'x' }))
  await live.reload()
  t.same(applied, [])
  t.equal(live.current().turn.static_auth_secret, secret.CALLBOX_TURN__STATIC_AUTH_SECRET)
  t.match(lines, [['bad configuration: the last good one stays', { problem: /turn\.port/ }]])
  readNext(() => load(other))
  await live.reload()
  t.same(applied, ['another-secret-now'], 'a good one afterwards is taken')
})

t.test('a bug is no bad configuration', async (t) => {
  const { live, readNext } = await startedWith({})
  readNext(() => Promise.reject(new TypeError('ours')))
  await t.rejects(live.reload(), TypeError)
  readNext(() => Promise.reject(new ApplianceError('CONFIG_UNREADABLE', 'gone', 'find it')))
  await t.resolves(live.reload())
})
