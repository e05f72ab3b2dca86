import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
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
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args)
  const [port] = await once(child, 'message')
  await pin(child.pid ?? 0, serverCore)
  return { name, process: child, port }
}

/** Starts coturn with a shared secret, on loopback, UDP only. */
export async function startCoturn(secret: string): Promise<BenchedServer> {
  const probe = await UdpEndpoint.open()
  const { port } = probe
  probe.close()
  const places = ['-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', `${port}`]
  const ports = ['--min-port', '30000', '--max-port', '39999']
  const off = ['--no-tls', '--no-dtls', '--no-tcp', '--no-cli', '--no-stdout-log']
  const user = ['--use-auth-secret', `--static-auth-secret=${secret}`, '-r', 'bench']
  const turnserver = ['turnserver', ...places, ...ports, ...off, ...user, '--allow-loopback-peers']
  const child = spawn('taskset', ['-c', serverCore, ...turnserver], { stdio: 'ignore' })
  await answersBinding(port)
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
