/**
 * Compares the processor time of one relayed packet in our engine with coturn's, in the same run on the same machine:
 * ChannelData in, a plain datagram out, and back. Absolute figures hold for this moment only; quote the ratio.
 * Usage: node scripts/bench/turn.ts [packets per round] [rounds]
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { issueCredentials } from '#turn'
import { channelNumber } from '../../turn/protocol/attributes/channel-number.ts'
import { lifetime } from '../../turn/protocol/attributes/lifetime.ts'
import { xorPeerAddress } from '../../turn/protocol/attributes/xor-peer-address.ts'
import { type ChannelNumber, encodeChannelData } from '../../turn/protocol/channel-data.ts'
import { methods } from '../../turn/protocol/methods.ts'
import { ContractClient } from '../../turn/test/contract-client.ts'
import { having } from '../../turn/test/encode-request.ts'
import { UdpEndpoint } from '../../turn/test/udp-endpoint.ts'
import { processorSeconds } from './processor-time.ts'

type Server = Readonly<{ name: string; process: ChildProcess; port: number }>
type Login = Readonly<{ username: string; password: string }>

const [packets = 40_000, rounds = 5] = process.argv.slice(2).map(Number)
const payload = Buffer.alloc(160, 'x')
const channel = 0x4001 as ChannelNumber
const secret = 'bench'
const clients = 8
const window = 32
const lostAfterMs = 3000

async function startOurs(): Promise<Server> {
  const script = fileURLToPath(new URL('turn-server-process.ts', import.meta.url))
  const child = fork(script, [secret])
  const [port] = await once(child, 'message')
  return { name: 'ours', process: child, port }
}

async function startCoturn(): Promise<Server> {
  const probe = await UdpEndpoint.open()
  const { port } = probe
  probe.close()
  const places = ['-n', '-L', '127.0.0.1', '-E', '127.0.0.1', '-p', `${port}`]
  const ports = ['--min-port', '30000', '--max-port', '39999']
  const off = ['--no-tls', '--no-dtls', '--no-tcp', '--no-cli', '--no-stdout-log']
  const user = ['--use-auth-secret', `--static-auth-secret=${secret}`, '-r', 'bench']
  const args = [...places, ...ports, ...off, ...user, '--allow-loopback-peers']
  const child = spawn('turnserver', args, { stdio: 'ignore' })
  const endpoint = await UdpEndpoint.open()
  const binding = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')
  for (let attempt = 0; attempt < 50; attempt++) {
    endpoint.send(binding, port)
    if (await endpoint.next(100)) break
  }
  endpoint.close()
  return { name: 'coturn', process: child, port }
}

/** Sends `count` packets to the peer and takes each back, some always under way; returns how many were relayed, both ways counted. */
async function pingPong(client: ContractClient, peer: UdpEndpoint, count: number): Promise<number> {
  const message = encodeChannelData(channel, payload, false)
  let relayed = 0
  for (let sent = 0; sent < count; sent += window) {
    for (let i = 0; i < window; i++) client.send(message)
    relayed += await collect(client, peer)
  }
  return relayed
}

async function collect(client: ContractClient, peer: UdpEndpoint): Promise<number> {
  let relayed = 0
  for (let i = 0; i < window; i++) {
    const arrival = await peer.next(lostAfterMs)
    if (!arrival) return relayed
    relayed++
    peer.send(arrival.bytes, arrival.from.port)
  }
  for (let i = 0; i < window; i++) {
    if (!(await client.endpoint.next(lostAfterMs))) return relayed
    relayed++
  }
  return relayed
}

/** Relays packets of all clients through a server; returns microseconds of its processor time for each. */
async function round(server: Server, login: Login, count: number): Promise<number> {
  const pairs = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await ContractClient.open({ port: server.port, ...login })
      const peer = await UdpEndpoint.open()
      await client.allocate()
      const at = having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port: peer.port })
      await client.request(methods.channelBind, having(channelNumber, channel), at)
      return { client, peer }
    }),
  )
  const { pid = 0 } = server.process
  const before = processorSeconds(pid)
  const each = count / clients / 2
  const relayed = await Promise.all(pairs.map(({ client, peer }) => pingPong(client, peer, each)))
  const usedSeconds = processorSeconds(pid) - before
  for (const { client, peer } of pairs) {
    await client.request(methods.refresh, having(lifetime, 0))
    client.close()
    peer.close()
  }
  return (usedSeconds * 1_000_000) / relayed.reduce((sum, n) => sum + n, 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

const nowSeconds = Date.now() / 1000
const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })
const servers = [await startOurs(), await startCoturn()]
const results = new Map(servers.map(({ name }) => [name, [] as number[]]))
try {
  for (const server of servers) await round(server, login, packets)
  for (let n = 0; n < rounds; n++) {
    for (const server of servers) {
      results.get(server.name)?.push(await round(server, login, packets))
    }
  }
} finally {
  for (const server of servers) server.process.kill()
}
const medians = new Map([...results].map(([name, values]) => [name, median(values)]))
for (const [name, us] of medians) {
  const all = (results.get(name) ?? []).map((value) => value.toFixed(1)).join(' ')
  process.stdout.write(
    `${name}: ${us.toFixed(1)} µs a relayed packet of ${payload.length} B (${all})\n`,
  )
}
const ratio = (medians.get('ours') ?? 0) / (medians.get('coturn') ?? 1)
process.stdout.write(`ours / coturn: ${ratio.toFixed(2)}\n`)
