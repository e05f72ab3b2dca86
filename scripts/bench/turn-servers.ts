import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { UdpEndpoint } from '../../turn/test/udp-endpoint.ts'

/** A server under measurement, in a process of its own that is pinned to one core. */
export type BenchedServer = Readonly<{ name: string; process: ChildProcess; port: number }>

/** The core servers are pinned to. */
export const serverCore = '0'
/** The core of what loads them; the same one where there is no second. */
export const loadCore = availableParallelism() > 1 ? '1' : '0'

/** Pins a process of this machine to a core, with all its threads. */
export async function pin(pid: number, core: string): Promise<void> {
  const child = spawn('taskset', ['-a', '-c', '-p', core, `${pid}`], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`taskset could not pin ${pid}: ${code}`)
}

/** Starts one of this folder's server processes; it tells its port when it listens. */
export async function startNode(
  name: string,
  script: string,
  args: readonly string[] = [],
): Promise<BenchedServer> {
  const server = await startUnpinned(name, script, args)
  await pin(server.process.pid ?? 0, serverCore)
  return server
}

/** The same, on all cores. */
export async function startUnpinned(
  name: string,
  script: string,
  args: readonly string[],
): Promise<BenchedServer> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = fork(path, args, {
    execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
  })
  const [port] = await once(child, 'message')
  return { name, process: child, port }
}

/** Starts coturn with a shared secret, on loopback; UDP only, or TLS only with a certificate. */
export async function startCoturn(
  secret: string,
  tls?: Readonly<{ cert: string; key: string }>,
): Promise<BenchedServer> {
  const probe = await UdpEndpoint.open()
  const { port } = probe
  probe.close()
  const places = ['-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', `${tls ? port - 1 : port}`]
  const ports = ['--min-port', '30000', '--max-port', '39999']
  const off = ['--no-dtls', '--no-tcp', '--no-cli', '--no-stdout-log', '--allow-loopback-peers']
  const user = ['--use-auth-secret', `--static-auth-secret=${secret}`, '-r', 'bench']
  const ways = tls
    ? ['--no-udp', '--tls-listening-port', `${port}`, '--cert', tls.cert, '--pkey', tls.key]
    : ['--no-tls']
  const turnserver = ['turnserver', ...places, ...ports, ...off, ...user, ...ways]
  const child = spawn('taskset', ['-c', serverCore, ...turnserver], { stdio: 'ignore' })
  await (tls ? acceptsTcp(port) : answersBinding(port))
  return { name: 'coturn', process: child, port }
}

/** Ends a server; ours end by themselves, so that a profiler can write what it saw. */
export async function stop({ process: child }: BenchedServer): Promise<void> {
  const gone = once(child, 'exit')
  if (child.connected) child.disconnect()
  else child.kill()
  await gone
}

async function answersBinding(port: number): Promise<void> {
  const endpoint = await UdpEndpoint.open()
  const binding = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')
  for (let attempt = 0; attempt < 50; attempt++) {
    endpoint.send(binding, port)
    if (await endpoint.next(100)) break
  }
  endpoint.close()
}

async function acceptsTcp(port: number): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const accepted = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (accepted) return
    await setTimeout(100)
  }
  throw new Error('coturn does not listen')
}
