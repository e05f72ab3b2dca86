import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import type { Status } from '#api'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts } from '../test/free-ports.ts'
import { secretsOf } from '../test/relay-steps.ts'

t.setTimeout(60_000)
const main = join(import.meta.dirname, '../main.ts')
const folder = await mkdtemp(join(tmpdir(), 'callbox-running-'))
t.teardown(() => rm(folder, { recursive: true }))
const run = promisify(execFile)

const ports = await freePorts()
const env = {
  PATH: process.env['PATH'],
  MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
  CALLBOX_DATA_DIR: join(folder, 'data'),
  CALLBOX_PUBLIC_ADDRESS: '127.0.0.1',
  CALLBOX_WEB__HTTPS_PORT: String(ports.https),
  CALLBOX_WEB__HTTP_PORT: String(ports.http),
  CALLBOX_RTC__UDP_PORT: String(ports.media),
  CALLBOX_RTC__TCP_PORT: String(ports.media),
  CALLBOX_RTC__WORKERS: '1',
  CALLBOX_TURN__PORT: String(ports.turn),
  CALLBOX_TURN__TLS_PORT: String(ports.tls),
  CALLBOX_TURN__WORKERS: '1',
  CALLBOX_TURN__RELAY_PORT_MIN: '1024',
  CALLBOX_TURN__RELAY_PORT_MAX: '1123',
}

const isReady = (line: string) => line.includes('"msg":"ready"')

/** Starts the appliance; answers it and its first lines once it says that it is ready. */
async function start(): Promise<{ appliance: ChildProcess; next: () => Promise<string> }> {
  const appliance = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(appliance.stdout)[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value ?? 'the output ended')
  for (let line = await next(); !isReady(line); line = await next()) {
    if (line === 'the output ended') throw new Error('the appliance ended before it was ready')
  }
  return { appliance, next }
}

/** What the page would say right now. */
async function servicesThatDoNotWork(): Promise<readonly string[]> {
  const { adminApiToken } = await secretsOf({ dataDir: env.CALLBOX_DATA_DIR })
  const headers = { authorization: `Bearer ${adminApiToken}` }
  const answer = await fetch(`http://localhost:${ports.http}/api/admin/status`, { headers })
  const { services } = (await answer.json()) as Status
  return services.filter(({ ok }) => !ok).map(({ name }) => name)
}

t.test('a running appliance and its command line', { skip: needs('worker') }, async (t) => {
  const { appliance, next } = await start()
  const ended = once(appliance, 'exit')
  t.teardown(() => {
    appliance.kill('SIGKILL')
    return ended
  })
  t.same(await servicesThatDoNotWork(), [], 'what it shows of itself is not from before the start')

  t.match(await next(), /"link":"https:\/\/127\.0\.0\.1:\d+\/admin\/setup\?code=[\w-]{22,}"/)
  const demo = JSON.parse(await next())
  t.match(demo, { link: /\/call\/.*token=/ })
  t.match(await next(), 'turnStaticAuthSecret')

  const { stdout } = await run(process.execPath, [main, 'doctor', '--json'], { env })
  const { checks } = JSON.parse(stdout)
  const ports = checks.filter(({ name }: { name: string }) => name.startsWith('port '))
  t.equal(ports.length, 7)
  for (const { fact, name } of ports) t.match(fact, 'while Callbox runs', name)

  const second = await run(process.execPath, [main], { env }).catch((error: unknown) => error)
  t.match(second, { code: 1, stderr: `set rtc.udp_port to a free port` })

  appliance.kill('SIGTERM')
  const [code, signal] = await ended
  t.same([code, signal], [0, null])
})

t.test('names turn.port when another program has it', { skip: needs('worker') }, async (t) => {
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  socket.bind(ports.turn, '0.0.0.0')
  await once(socket, 'listening')
  const failed = await run(process.execPath, [main], { env }).catch((error: unknown) => error)
  t.match(failed, { code: 1, stderr: /in use.*turn\.port/s })
})
