import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadSecrets } from '../data-dir.ts'
import { runCli } from './run.ts'

const folder = await mkdtemp(join(tmpdir(), 'callbox-cli-'))
t.teardown(() => rm(folder, { recursive: true }))
const dataDir = join(folder, 'data')
const nowMs = Date.UTC(2026, 10, 22, 12)

async function call(words: string, env: NodeJS.ProcessEnv = {}) {
  let out = ''
  let err = ''
  const result = await runCli(words.split(' ').filter(Boolean), {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    env: { CALLBOX_CONFIG: join(folder, 'config.yaml'), CALLBOX_DATA_DIR: dataDir, ...env },
    colour: false,
    now: () => nowMs,
  })
  return { result, out, err }
}

t.beforeEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
  await writeFile(join(folder, 'config.yaml'), 'public_address: 192.0.2.1')
})

t.test('lists every command, and the options of start', async (t) => {
  for (const words of ['--help', '-h', 'help']) {
    const { result, out } = await call(words)
    t.equal(result, 0)
    for (const name of ['start', 'doctor', 'turn-credentials', 'config check', 'config show']) {
      t.match(out, `  ${name} `)
    }
    t.match(out, '--data-dir DIR')
  }
})

t.test('every command tells its options', async (t) => {
  for (const name of ['start', 'doctor', 'turn-credentials', 'config check', 'config show']) {
    t.match(await call(`${name} --help`), { result: 0, out: `callbox ${name}: ` }, name)
  }
  t.match(await call('admin reset -h'), { result: 0, out: '--config FILE' })
  t.match(await call('version -h'), { result: 0, out: '--json' })
})

t.test('does not understand other words: exit code 2 and the nearest name', async (t) => {
  t.match(await call('docter'), { result: 2, err: 'Did you mean doctor?', out: '' })
  t.match(await call('config'), { result: 2, err: 'a second word: check, show' })
  t.match(await call('config shwo'), { result: 2, err: 'a second word: check, show' })
  t.match(await call('confg check'), { result: 2, err: 'Did you mean config check?' })
  t.match(await call('xyzzy'), { result: 2, err: 'There is no command xyzzy.\n' })
  t.match(await call('doctor --jsno'), { result: 2, err: 'Did you mean --json?' })
  t.match(await call('doctor extra'), { result: 2, err: /extra/ })
  t.match(await call('start --config'), { result: 2, err: /--config/ })
})

t.test('hands a checked configuration to the start, with and without the word', async (t) => {
  for (const words of ['', 'start', `start --data-dir ${dataDir}`, `--data-dir ${dataDir}`]) {
    t.match((await call(words)).result, { dataDir, config: { public_address: '192.0.2.1' } }, words)
  }
  t.match(await call('start --config /nonexistent'), { result: 1, err: 'does not exist' })
})

t.test('version prints ours, and all as JSON', async (t) => {
  t.match((await call('version')).out, /^Callbox \d+\.\d+\.\d+ \(Node \d+/)
  t.match((await call('--version')).out, /^Callbox /)
  const { out } = await call('version --json')
  t.match(JSON.parse(out), { callbox: /^\d/, node: process.versions.node, mediasoup: /^3\./ })
})

t.test('config check says whether it is good, with every problem', async (t) => {
  t.match(await call('config check'), { result: 0, out: 'is good' })
  t.match(JSON.parse((await call('config check --json')).out), { ok: true, problems: [] })
  await writeFile(join(folder, 'config.yaml'), 'turn: { port: 0, realm: "a b" }')
  t.match(await call('config check'), { result: 1, err: /turn\.port = 0.*\n.*turn\.realm/ })
  const { result, out } = await call('config check --json')
  t.equal(result, 1)
  t.match(JSON.parse(out), { ok: false, problems: [{ key: 'turn.port' }, { key: 'turn.realm' }] })
  await writeFile(join(folder, 'config.yaml'), 'a: [')
  t.match(JSON.parse((await call('config check --json')).out), { error: { code: 'CONFIG_SYNTAX' } })
})

t.test('config show hides secrets unless told to reveal them', async (t) => {
  t.match(parse((await call('config show')).out), { turn: { static_auth_secret: '' } })
  t.same(await readdir(folder), ['config.yaml'], 'showing creates nothing')
  const { secrets } = await loadSecrets(dataDir)
  const env = { CALLBOX_TURN__PREVIOUS_SECRETS: 'previous-secret-1' }
  const hidden = (await call('config show', env)).out
  for (const secret of [secrets.turnStaticAuthSecret, secrets.livekit.secret, 'previous-secret']) {
    t.notOk(hidden.includes(secret))
  }
  t.match(hidden, secrets.livekit.key, 'the name of a key is no secret')
  const shown = JSON.parse((await call('config show --reveal --json', env)).out)
  t.match(shown, {
    dataDir,
    source: { file: join(folder, 'config.yaml') },
    config: {
      turn: {
        static_auth_secret: secrets.turnStaticAuthSecret,
        previous_secrets: ['previous-secret-1'],
      },
      livekit: { keys: { [secrets.livekit.key]: secrets.livekit.secret } },
    },
  })
})

t.test('turn-credentials prints what a browser takes', async (t) => {
  t.match(await call('turn-credentials'), { result: 1, err: 'Start the appliance once' })
  const secret = { CALLBOX_TURN__STATIC_AUTH_SECRET: 'north-north-west' }
  const { result, out } = await call('turn-credentials --id ann --ttl 60 --json', secret)
  t.equal(result, 0)
  t.same(JSON.parse(out), {
    username: '1795348860:ann',
    // printf 1795348860:ann | openssl dgst -sha1 -hmac north-north-west -binary | base64
    password: 'VY7RMMr7lZz8oKYeq5h7rasNPiE=',
    urls: [
      'stun:192.0.2.1:3478',
      'turn:192.0.2.1:3478?transport=udp',
      'turn:192.0.2.1:3478?transport=tcp',
      'turns:192.0.2.1:5349?transport=tcp',
      'turns:192.0.2.1:8444?transport=tcp',
    ],
    expiresAt: '2026-11-22T12:01:00.000Z',
    iceServer: {
      urls: [
        'stun:192.0.2.1:3478',
        'turn:192.0.2.1:3478?transport=udp',
        'turn:192.0.2.1:3478?transport=tcp',
      ],
      username: '1795348860:ann',
      credential: 'VY7RMMr7lZz8oKYeq5h7rasNPiE=',
    },
  })
  await loadSecrets(dataDir)
  t.match(await call('turn-credentials'), { result: 0, out: /username {2}\d+:\w+\npassword/ })
  t.match(await call('turn-credentials --ttl 0'), { result: 2, err: '--ttl takes seconds' })
  t.match(await call('turn-credentials --id a:b'), { result: 2, err: '--id takes' })
})

t.test('admin reset forgets the admins, and only those', async (t) => {
  await loadSecrets(dataDir)
  t.match(await call('admin reset'), { result: 0, out: 'No password is set' })
  const file = join(dataDir, 'admin.json')
  await writeFile(file, '{"passwordHash":"scrypt$1"}')
  t.match(await call('admin reset'), { result: 0, out: /Forgot.*a link that sets the password/ })
  t.same(await readdir(dataDir), ['audit.jsonl', 'secrets.json'])
  const log = JSON.parse(await readFile(join(dataDir, 'audit.jsonl'), 'utf8'))
  t.match(log, { by: 'console', action: 'account.reset' })

  const [made] = [{ id: 'b', name: 'bob', role: 'viewer', passwordHash: 'x', createdAtMs: 1 }]
  const accounts = [made, { ...made, id: 'a', name: 'ada', role: 'admin' }]
  await writeFile(file, JSON.stringify({ accounts, tokens: [] }))
  const { out } = await call('admin reset --json')
  t.same(JSON.parse(out), { dataDir, forgotten: 'admins' })
  t.same(JSON.parse(await readFile(file, 'utf8')), { accounts: [made], tokens: [] })
})
