/**
 * Compares the processor time of one relayed packet in our engine with coturn's and with a bare Node forwarder's, in the
 * same run on the same machine, each server pinned to one core: from a client to a peer, and back. Absolute figures hold
 * for this moment only; quote the ratios.
 * Usage: node scripts/bench/turn.ts [packets per round] [rounds]; with --cpu-prof the servers in Node are profiled too.
 */
import { issueCredentials } from '#turn'
import { processorSeconds } from './processor-time.ts'
import { type Mode, openBarePair, openTurnPair, type Pair, pingPong } from './turn-load.ts'
import { type BenchedServer, pin, startCoturn, startNode, stop } from './turn-servers.ts'

type Case = Readonly<{ mode: 'channel' | 'send'; bytes: number }>

const [packets = 40_000, rounds = 5] = process.argv.slice(2).map(Number)
const clients = 8
const secret = 'bench'
const cases: readonly Case[] = [
  { mode: 'channel', bytes: 160 },
  { mode: 'channel', bytes: 1100 },
  { mode: 'send', bytes: 160 },
  { mode: 'send', bytes: 1100 },
]
const nowSeconds = Date.now() / 1000
const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })

function openPair({ name, port }: BenchedServer, { mode, bytes }: Case): Promise<Pair> {
  const payload = Buffer.alloc(bytes, 'x')
  const asked: Mode = name === 'bare' ? 'bare' : mode
  return asked === 'bare'
    ? openBarePair(port, payload)
    : openTurnPair({ port, ...login }, asked, payload)
}

/** Relays packets of all clients through a server; returns microseconds of its processor time for each. */
async function round(server: BenchedServer, one: Case, count: number): Promise<number> {
  const pairs = await Promise.all(Array.from({ length: clients }, () => openPair(server, one)))
  const { pid = 0 } = server.process
  const before = processorSeconds(pid)
  const relayed = await Promise.all(pairs.map((pair) => pingPong(pair, count / clients / 2)))
  const usedSeconds = processorSeconds(pid) - before
  await Promise.all(pairs.map((pair) => pair.close()))
  return (usedSeconds * 1_000_000) / relayed.reduce((sum, n) => sum + n, 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

async function compare(servers: readonly BenchedServer[], one: Case): Promise<string> {
  const results = new Map(servers.map(({ name }) => [name, [] as number[]]))
  for (const server of servers) await round(server, one, packets)
  for (let n = 0; n < rounds; n++) {
    for (const server of servers) results.get(server.name)?.push(await round(server, one, packets))
  }
  const of = (name: string) => median(results.get(name) ?? [])
  const each = servers.map(({ name }) => `${name} ${of(name).toFixed(1)} µs`).join(', ')
  const against = (name: string) => `ours / ${name} ${(of('ours') / of(name)).toFixed(2)}`
  return `${one.mode} ${one.bytes} B: ${each}; ${against('coturn')}, ${against('bare')}\n`
}

await pin(process.pid, '1')
const servers = [
  await startNode('ours', 'turn-server-process.ts', [secret]),
  await startCoturn(secret),
  await startNode('bare', 'turn-forwarder-process.ts'),
]
try {
  for (const one of cases) process.stdout.write(await compare(servers, one))
} finally {
  await Promise.all(servers.map(stop))
}
