import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { describeRunning, isBad } from '../cli/running-words.ts'
import { loadConfig } from '../config/load.ts'
import { askVerdicts } from './ask-verdicts.ts'
import { listenerOwners } from './listener-owner.ts'

const TOKEN = 'a'.repeat(43)

const HEALTH = {
  level: 'bad',
  text: 'A worker died. And 1 more, see below.',
  verdicts: [
    { id: 'alert:worker', level: 'bad', text: 'A worker died.', fix: 'Send the log.' },
    { id: 'k', level: 'warn', text: 'Small \u001b[31mbuffers.', fix: '', command: 'sudo tune' },
  ],
}

const RULES = [
  {
    id: 'worker',
    title: 'A worker process died',
    severity: 'critical',
    state: 'firing',
    sinceMs: 1_800_000_000_000,
    value: '1',
  },
]

/** A stand-in for the appliance on this machine, and the configuration that leads to it. */
async function openMachine(t: Test, answers: Readonly<Record<string, unknown>>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'callbox-ask-'))
  const asked: (string | undefined)[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.headers.authorization)
    const answer = answers[request.url ?? '']
    if (answer === undefined) response.writeHead(404)
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await rm(dataDir, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  const secrets = {
    turnStaticAuthSecret: 's'.repeat(16),
    livekit: { key: 'k', secret: 's'.repeat(32) },
    adminApiToken: TOKEN,
  }
  await writeFile(join(dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 })
  const env = { CALLBOX_WEB__TLS__MODE: 'off', CALLBOX_WEB__HTTP_PORT: String(port) }
  const loaded = await loadConfig({ env, dataDir, defaultFile: join(dataDir, 'none.yaml') })
  return { loaded, asked, port, server }
}

t.test('asks what runs here, and says it as the page does', async (t) => {
  const { loaded, asked } = await openMachine(t, {
    '/api/admin/status': { health: HEALTH, more: 1 },
    '/api/admin/alerts': { rules: RULES },
  })
  const answer = await askVerdicts(loaded)
  t.match(answer, { ok: true, running: { health: HEALTH, alerts: RULES } })
  t.same(asked, [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`])
  t.ok(isBad(answer))
  t.equal(
    describeRunning(answer, false),
    [
      'Callbox runs here. A worker died. And 1 more, see below.',
      'problem  A worker died.',
      '         Send the log.',
      'warning  Small  [31mbuffers.',
      '         sudo tune',
      'alert    A worker process died: 1 (since 2027-01-15T08:00:00.000Z)',
      '',
    ].join('\n'),
  )
})

t.test('says why nothing was asked or answered, and that is not bad', async (t) => {
  const stranger = await openMachine(t, { '/api/admin/status': 'hello' })
  const answer = await askVerdicts(stranger.loaded)
  t.match(answer, { ok: false, why: /did not answer as Callbox does/ })
  t.notOk(isBad(answer))
  stranger.server.close()
  await once(stranger.server, 'close')
  t.match(await askVerdicts(stranger.loaded), { why: /does not run here/ })
  const damaged = await openMachine(t, {})
  await writeFile(join(damaged.loaded.dataDir, 'secrets.json'), '{')
  t.match(await askVerdicts(damaged.loaded), { why: /secrets.*Run it as root/ })
  t.same(damaged.asked, [])
})

t.test('knows whose program listens on a port, on either IP version', async (t) => {
  const { port } = await openMachine(t, {})
  t.same([...listenerOwners(port)], [process.getuid?.()])
  const root = await mkdtemp(join(tmpdir(), 'callbox-proc-'))
  t.teardown(() => rm(root, { recursive: true }))
  t.same([...listenerOwners(8444, root)], [])
  const { mkdir } = await import('node:fs/promises')
  await mkdir(join(root, 'net'))
  const line = (local: string, state: string, uid: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 1 1`
  await writeFile(join(root, 'net/tcp'), ['head', line('0100007F:20FC', '0A', 1000), ''].join('\n'))
  const lines = [
    'head',
    line('00000000000000000000000000000000:20FC', '0A', 998),
    line('00000000000000000000000000000000:20FC', '01', 5),
    line('00000000000000000000000000000000:20FD', '0A', 6),
  ]
  await writeFile(join(root, 'net/tcp6'), lines.join('\n'))
  t.same([...listenerOwners(8444, root)], [1000, 998])
})
