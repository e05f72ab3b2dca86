import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { methods } from '../protocol/methods.ts'
import type { RunningServer } from './contract-steps.ts'
import { encodeRequest } from './encode-request.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

const user = { username: 'alice', password: 'secret of alice' }

/** The baseline of ADR 0001, node-turn 0.0.6, on a free loopback port. */
export async function startNodeTurn(): Promise<RunningServer> {
  const port = await freePort()
  const script = fileURLToPath(new URL('node-turn-process.ts', import.meta.url))
  const child = fork(script, [`${port}`, user.username, user.password], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  await Promise.race([once(child, 'message'), once(child, 'exit')])
  return { port, ...user, close: () => end(child) }
}

/** Debian's coturn on a free loopback port, as an operator would run it: no cloud metadata, this test's peers allowed. */
export async function startCoturn(): Promise<RunningServer> {
  const port = await freePort()
  const child = spawn(
    'turnserver',
    [
      ...['-n', '-v', '--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout', '--simple-log'],
      ...['--pidfile=', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', `${port}`],
      ...['--min-port=40000', '--max-port=48999', '--lt-cred-mech', '--realm=calls.example'],
      ...[`--user=${user.username}:${user.password}`, '--allow-loopback-peers'],
      '--denied-peer-ip=169.254.0.0-169.254.255.255',
    ],
    { stdio: 'ignore' },
  )
  await answers(port, child)
  return { port, ...user, close: () => end(child) }
}

/** The version of Debian's coturn, such as `4.6.1`. */
export async function coturnVersion(): Promise<string> {
  const child = spawn('turnserver', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  await once(child, 'close')
  return /\d+\.\d+\.\d+/.exec(output)?.[0] ?? 'of unknown version'
}

async function freePort(): Promise<number> {
  const probe = await UdpEndpoint.open()
  const { port } = probe
  probe.close()
  return port
}

/** Waits until a server answers Binding requests; throws when it ends instead. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  const endpoint = await UdpEndpoint.open()
  try {
    for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
      endpoint.send(encodeRequest(methods.binding, []), port)
      if (await endpoint.next(100)) return
    }
  } finally {
    endpoint.close()
  }
  throw new Error(`the server does not answer (exit code ${child.exitCode})`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill()
  await exited
}
