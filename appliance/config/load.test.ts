import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { ApplianceError } from '../errors.ts'
import { defaults } from './defaults.ts'
import { loadConfig } from './load.ts'
import { companions, samples, wrong } from './option-samples.ts'
import { groups, options, valueAt } from './options.ts'
import { ConfigError } from './problems.ts'

const folder = await mkdtemp(join(tmpdir(), 'callbox-config-'))
t.teardown(() => rm(folder, { recursive: true }))
const file = join(folder, 'config.yaml')
const absent = join(folder, 'absent.yaml')

async function load(yaml: string, env: NodeJS.ProcessEnv = {}) {
  await writeFile(file, yaml)
  return loadConfig({ config: file, env })
}

async function refused(yaml: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    await load(yaml, env)
  } catch (error) {
    if (error instanceof ApplianceError) return error.message
    throw error
  }
  return 'accepted'
}

function companionEnvironment(path: string): NodeJS.ProcessEnv {
  return Object.fromEntries((companions[path] ?? []).map((pair) => pair.split('=')))
}

t.test('gives every default when there is neither file nor variable', async (t) => {
  const { config, source, dataDir } = await loadConfig({ env: {}, defaultFile: absent })
  t.same(config, defaults)
  t.same(source, { file: undefined, settings: undefined, variables: [] })
  t.equal(dataDir, join(process.cwd(), 'data'))
})

t.test('takes every option from the file, and from its variable over the file', async (t) => {
  for (const { path, keys, variable, text } of options) {
    const sample = samples[path]
    if (text.notYet !== undefined && sample === undefined) continue
    if (sample === undefined) {
      t.fail(`no sample for ${path}`)
      continue
    }
    const beside = companionEnvironment(path)
    const fromFile = await load(JSON.stringify(nested(keys, sample[0])), beside)
    t.same(valueAt(fromFile.config, keys), sample[0], `${path} from the file`)
    const fromEnv = await load(JSON.stringify(nested(keys, valueAt(defaults, keys))), {
      ...beside,
      [variable]: sample[1],
    })
    t.same(valueAt(fromEnv.config, keys), sample[0], `${path} from ${variable}`)
    t.ok(fromEnv.source.variables.includes(variable))
  }
})

t.test('refuses a wrong value of every option, naming key, value and what it takes', async (t) => {
  for (const { path, keys, text } of options) {
    const value = wrong[path]
    t.not(value, undefined, `a wrong value for ${path}`)
    const message = await refused(JSON.stringify(nested(keys, value)))
    t.ok(message.includes(`${path} = `), message)
    t.ok(message.includes(`it takes ${text.accepts}`), message)
    t.ok(message.includes(`${file}, line 1`), message)
    if (text.secret === true) t.ok(message.includes('(hidden)') && !message.includes('short'))
  }
})

t.test('refuses what this version cannot do', async (t) => {
  const asked = {
    'livekit.webhook.urls': ['https://hook.example.org'],
    'rtcd.port': 8046,
    'rtcd.allow_self_registration': true,
    'rtcd.admin_secret_key': 'x',
  }
  for (const [path, value] of Object.entries(asked)) {
    const message = await refused(JSON.stringify(nested(path.split('.'), value)))
    t.ok(message.includes(`${path} = `) && message.includes('not in this version'), message)
  }
})

t.test('refuses options that do not go together', async (t) => {
  const cases: [string, string, string][] = [
    ['web: { https_port: 8443 }', 'rtc.tcp_port', 'web.https_port uses the same TCP port'],
    ['rtc: { udp_port: 3478 }', 'turn.port', 'rtc.udp_port uses the same UDP port'],
    ['turn: { tls_port: 3478 }', 'turn.tls_port', 'turn.port uses the same TCP port'],
    ['turn: { nat_discovery: "192.0.2.2:3478" }', 'turn.nat_discovery', 'the same UDP port'],
    ['turn: { nat_discovery: "192.0.2.2:50000" }', 'turn.nat_discovery', 'among the relay ports'],
    [
      'public_address: 192.0.2.2\nturn: { nat_discovery: "192.0.2.2:3480" }',
      'turn.nat_discovery',
      'it needs another IP than public_address',
    ],
    ['rtc: { udp_port: 50000 }', 'rtc.udp_port', 'it lies among the relay ports'],
    ['turn: { relay_port_min: 2, relay_port_max: 1 }', 'turn.relay_port_min', 'it is above'],
    [
      'turn: { relay_port_min: 50000, relay_port_max: 50003, workers: 2 }',
      'turn.relay_port_max',
      '4 relay ports are too few',
    ],
    [
      'rtc: { workers: 2, ice_host_port_override: 40000 }',
      'rtc.ice_host_port_override',
      'each worker has a port of its own',
    ],
    ['web: { tls: { mode: files } }', 'web.tls.cert_file', '`files` needs it'],
    ['web: { tls: { key_file: /k } }', 'web.tls.key_file', 'no effect'],
    ['web: { tls: { mode: acme } }', 'web.tls.domain', '`acme` needs it'],
    ['web: { tls: { domain: calls.example.org } }', 'web.tls.domain', 'no effect'],
    ['web: { tls: { challenge: http-01 } }', 'web.tls.challenge', 'no effect'],
    [
      'web: { tls: { mode: acme, domain: calls.example.org, challenge: http-01 } }',
      'web.tls.challenge',
      'without web.http_redirect',
    ],
    ['web: { http_redirect: true, tls: { mode: off } }', 'web.http_redirect', 'no HTTPS here'],
    ['web: { tls: { trusted_proxies: [::1] } }', 'web.tls.trusted_proxies', 'no effect'],
    [
      'turn: { allowed_peers: ["fd00::/8"], denied_peers: ["fd00:0::/8"] }',
      'turn.allowed_peers',
      'turn.denied_peers names it too',
    ],
  ]
  for (const [yaml, key, reason] of cases) {
    const message = await refused(yaml)
    t.match(message, `- ${key}`)
    t.match(message, reason)
  }
  t.equal(await refused('rtc: { udp_port: 9000, tcp_port: 9000 }'), 'accepted')
  t.equal(await refused('web: { tls: { mode: acme, domain: calls.example.org } }'), 'accepted')
  t.equal(await refused('turn: { tls_port: 3478 }\nweb: { tls: { mode: off } }'), 'accepted')
})

t.test('refuses unknown keys with the nearest known name', async (t) => {
  t.match(
    await refused('turn:\n  prot: 5'),
    'turn.prot: there is no such option. Did you mean turn.port?',
  )
  t.match(await refused('turn:\n  prot: 5'), `${file}, line 2`)
  t.match(await refused('static_auth_secret: x'), 'Did you mean turn.static_auth_secret?')
  t.match(await refused('wbe: {}'), 'Did you mean web?')
  t.match(await refused('zzzzzzzz: {}'), 'docs/CONFIG.md lists every option')
  t.match(await refused('', { CALLBOX_TURN__PROT: '5' }), 'Did you mean CALLBOX_TURN__PORT?')
  t.match(await refused('', { CALLBOX_TURN_PORT: '5' }), 'Did you mean CALLBOX_TURN__PORT?')
  t.match(await refused('__proto__: { a: 1 }'), '__proto__: there is no such option')
})

t.test('lists all problems at once, and where a variable is to blame says so', async (t) => {
  await writeFile(file, 'rtc: { udp_port: x }\nturn: { realm: a b }\nnope: 1')
  const load = loadConfig({ config: file, env: { CALLBOX_LOG__LEVEL: 'loud' } })
  const error = await load.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigError)) throw new Error('not refused')
  t.equal(error.code, 'CONFIG_INVALID')
  t.same(
    error.problems.map(({ key }) => key),
    ['nope', 'rtc.udp_port', 'turn.realm', 'log.level'],
  )
  t.match(error.message, 'Change it in CALLBOX_LOG__LEVEL')
})

t.test(
  'reads a name without a value as the default, and an empty variable as not set',
  async (t) => {
    const yaml = `${[...groups].filter((name) => !name.includes('.')).join(':\n')}:\npublic_address:\n`
    const { config, source } = await load(yaml, { CALLBOX_TURN__PORT: '' })
    t.same(config, defaults)
    t.same(source.variables, [])
    t.match(await refused('livekit: { keys: { a: } }'), 'livekit.keys')
  },
)

t.test('says which file is missing or unreadable, and the line of a syntax error', async (t) => {
  await t.rejects(loadConfig({ config: absent, env: {} }), { code: 'CONFIG_NOT_FOUND' })
  await t.rejects(loadConfig({ env: { CALLBOX_CONFIG: absent } }), { code: 'CONFIG_NOT_FOUND' })
  await t.rejects(loadConfig({ config: folder, env: {} }), { code: 'CONFIG_UNREADABLE' })
  t.match(await refused('turn:\n  port: 1\n bad'), `${file}, line 3: this is not valid YAML`)
  t.match(await refused('a: [1'), 'this is not valid YAML')
  t.match(await refused('- 1'), '(the whole file)')
  t.match(await refused('turn: 5', { CALLBOX_TURN__PORT: '1' }), 'turn = 5: it holds other options')
  t.match(await refused('turn: &a [*a]'), 'turn = ')
  t.match(await refused('['.repeat(100_000)), 'this is not valid YAML')
})

t.test('property: no text crashes the loader', async (t) => {
  const name = fc.constantFrom(
    ...groups,
    ...options.map(({ keys }) => keys.at(-1) ?? ''),
    '__proto__',
  )
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(name, tie('node'))),
  })).node
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    tree.map((value) => JSON.stringify(value)),
  )
  const holds = fc.asyncProperty(text, async (yaml) => {
    assert.equal(typeof (await refused(yaml)), 'string')
  })
  await t.resolves(fc.assert(holds, { numRuns: 150 }))
})

function nested(keys: readonly string[], value: unknown): unknown {
  return keys.reduceRight((inner, key) => ({ [key]: inner }), value)
}
