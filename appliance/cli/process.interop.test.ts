import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'

t.setTimeout(120_000)
const main = join(import.meta.dirname, '../main.ts')
const folder = await mkdtemp(join(tmpdir(), 'callbox-process-'))
t.teardown(() => rm(folder, { recursive: true }))
const config = join(folder, 'config.yaml')

/** Runs the real program; its environment holds nothing but what is given. */
function callbox(words: string, env: NodeJS.ProcessEnv = {}) {
  const args = [main, ...words.split(' '), '--config', config]
  const options = { cwd: folder, env, timeout: 60_000 }
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    execFile(process.execPath, args, options, (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err })
    })
  })
}

t.test('checks a configuration: exit code and reason', async (t) => {
  await writeFile(config, 'public_address: 192.0.2.1')
  t.match(await callbox('config check'), { code: 0, out: /is good/, err: '' })
  await writeFile(config, 'turn:\n  realm: a b\n  prot: 1')
  const bad = await callbox('config check')
  t.match(bad, { code: 1, out: '' })
  t.match(bad.err, `turn.prot: there is no such option. Did you mean turn.port?`)
  t.match(bad.err, `turn.realm = 'a b': it takes a name of at most 127 characters`)
  t.match(bad.err, `${config}, line 2`)
})

t.test('refuses to start on a bad configuration, with the key and the reason', async (t) => {
  await writeFile(config, '')
  const { code, err } = await callbox('start', { CALLBOX_TURN__PORT: '99999' })
  t.equal(code, 1)
  t.match(err, 'turn.port = 99999: it takes a port from 1 to 65535')
  t.match(err, 'CALLBOX_TURN__PORT')
})

t.test('does not understand other words: exit code 2', async (t) => {
  t.match(await callbox('docter'), { code: 2, err: /Did you mean doctor\?/ })
  t.match(await callbox('doctor --jsn'), { code: 2, err: /Did you mean --json\?/ })
})

t.test('prints JSON for programs, and no colour where there is no terminal', async (t) => {
  await writeFile(config, 'public_address: 192.0.2.1')
  const secret = { CALLBOX_TURN__STATIC_AUTH_SECRET: 'north-north-west' }
  const { out } = await callbox('turn-credentials --id ann --json', secret)
  t.match(JSON.parse(out), { username: /^\d+:ann$/, iceServer: { credential: /=$/ } })
  const checks = await callbox('doctor --json')
  t.match(JSON.parse(checks.out), { ok: Boolean, checks: [{ name: 'Node', verdict: 'ok' }] })
  t.notMatch((await callbox('doctor')).out, '\u001b')
})
