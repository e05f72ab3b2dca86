import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import type { TurnEngine } from '../index.ts'
import { startOurCluster } from './our-cluster.ts'
import { dualRelay, sharedSecret, startOurEngine } from './our-engine.ts'

/** The loopback address of each IP version. */
export const loopbackOf = { 4: '127.0.0.1', 6: '::1' } as const

/** How a client reaches the server. */
export type Transport = 'udp' | 'tcp' | 'tls'

/** One run of `turnutils_uclient`. */
export type ClientRun = Readonly<{
  transport: Transport
  /** The IP version towards the server, and that of the peer. */
  family: 4 | 6
  peerFamily?: 4 | 6
  flags?: readonly string[]
  /** How many sessions the flags make of the tool's two. */
  sessions?: number
}>

/** What a run came to: everything it printed, and its own count of messages. */
export type ClientReport = Readonly<{
  output: string
  code: number
  sent: number
  received: number
}>

/** Our engine on both loopback addresses and all transports, and an echoing peer of coturn on each. */
export type CoturnBench = Readonly<{
  engine: TurnEngine
  username: string
  password: string
  portOf(transport: Transport, family: 4 | 6): number
  /** Runs the client; each of its sessions sends `messages` messages. */
  runClient(run: ClientRun): Promise<ClientReport>
}>

/** Messages of each session of a run. */
export const messages = 40

/** Starts all that, our engine in this process or in some worker processes; it ends with the test. */
export async function startCoturnBench(t: Test, workers?: number): Promise<CoturnBench> {
  const authority = await CertificateAuthority.create()
  const folder = await mkdtemp(join(tmpdir(), 'callbox-coturn-'))
  const authorityFile = join(folder, 'authority.pem')
  await writeFile(authorityFile, authority.cert)
  const everywhere = [loopbackOf[4], loopbackOf[6]].map((ip) => ({ ip, port: 0 }))
  const options = {
    listen: { udp: everywhere, tcp: everywhere, tls: everywhere },
    certificate: await authority.issue({ hosts: ['localhost'], ips: Object.values(loopbackOf) }),
    relay: dualRelay,
    allowedPeers: ['127.0.0.0/8', '::1/128'],
    limits: { allocationsPerUser: 1000 },
  }
  const server = await (workers === undefined
    ? startOurEngine(options)
    : startOurCluster({ ...options, workers }))
  const { username, password, close } = server
  const engine: TurnEngine = 'engine' in server ? server.engine : server.cluster
  const peers = { 4: await startPeer(4), 6: await startPeer(6) }
  t.teardown(async () => {
    for (const { process } of Object.values(peers)) process.kill()
    await close()
    await rm(folder, { recursive: true })
  })
  const portOf = (transport: Transport, family: 4 | 6): number =>
    engine
      .listening()
      .find((each) => each.transport === transport && each.ip === loopbackOf[family])?.port ?? 0
  return {
    engine,
    username,
    password,
    portOf,
    async runClient({ transport, family, peerFamily = family, flags = [] }) {
      const secure = transport === 'tls' ? ['-S', '-E', authorityFile] : []
      const login = flags.includes('-W') ? ['-u', 'alice'] : ['-u', username, '-w', password]
      const output = await runTool('turnutils_uclient', [
        ...(transport === 'udp' ? [] : ['-t']),
        ...secure,
        ...flags,
        ...login,
        ...['-e', loopbackOf[peerFamily], '-r', `${peers[peerFamily].port}`],
        ...['-n', `${messages}`, '-m', '2', '-p', `${portOf(transport, family)}`],
        loopbackOf[family],
      ])
      return { ...output, ...countsIn(output.output) }
    },
  }
}

/** The flags that let the tool make its credentials of the shared secret. */
export const withSharedSecret = ['-W', sharedSecret] as const

/** Runs one of coturn's tools to its end. */
export async function runTool(
  command: string,
  args: readonly string[],
): Promise<Readonly<{ output: string; code: number }>> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  return { output, code }
}

function countsIn(output: string): Readonly<{ sent: number; received: number }> {
  const counts = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1)
  return { sent: Number(counts?.[1] ?? -1), received: Number(counts?.[2] ?? -1) }
}

/** Starts the echoing peer of coturn and waits until it echoes. */
async function startPeer(
  family: 4 | 6,
): Promise<Readonly<{ process: ChildProcess; port: number }>> {
  const probe = createSocket(family === 4 ? 'udp4' : 'udp6')
  const ip = loopbackOf[family]
  probe.bind(0, ip)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  const peer = spawn('turnutils_peer', ['-L', ip, '-p', `${port}`], { stdio: 'ignore' })
  const asking = createSocket(family === 4 ? 'udp4' : 'udp6')
  const timer = setInterval(() => asking.send('are you there?', port, ip), 50)
  await once(asking, 'message')
  clearInterval(timer)
  asking.close()
  return { process: peer, port }
}
