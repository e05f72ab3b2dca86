import { issueCredentials } from '#turn'
import { interleaved, ratio, withSpread } from './figures.ts'
import { threadSeconds } from './processor-time.ts'
import { openBarePair, openTurnPair, type Pair, pingPong } from './turn-load.ts'
import { type BenchedServer, startCoturn, startNode, stop } from './turn-servers.ts'

type Case = Readonly<{ mode: 'channel' | 'send'; bytes: number }>

const clients = 8
const packetsPerRound = 8192
/** What V8 needs to compile all of a server's way of a packet. */
const warmUpPackets = 65_536
const secret = 'bench'
const cases: readonly Case[] = [
  { mode: 'channel', bytes: 160 },
  { mode: 'channel', bytes: 1100 },
  { mode: 'send', bytes: 160 },
  { mode: 'send', bytes: 1100 },
]

/**
 * Compares the processor time of one packet relayed over UDP, from a client to a peer or back, in our engine with
 * coturn's and with a bare Node forwarder's, each server on the same one core.
 */
export async function measureRelaying(rounds: number): Promise<void> {
  const servers = [
    await startNode('ours', 'turn-server-process.ts', [secret]),
    await startCoturn(secret),
    await startNode('bare', 'turn-forwarder-process.ts'),
  ]
  try {
    for (const one of cases) process.stdout.write(await compare(servers, one, rounds))
  } finally {
    await Promise.all(servers.map(stop))
  }
}

async function compare(
  servers: readonly BenchedServer[],
  one: Case,
  rounds: number,
): Promise<string> {
  const opened = new Map<BenchedServer, readonly Pair[]>()
  for (const server of servers) {
    const pairs = Array.from({ length: clients }, () => openPair(server, one))
    opened.set(server, await Promise.all(pairs))
  }
  const relayBy = (server: BenchedServer, count: number) =>
    relay(server, opened.get(server) ?? [], count)
  for (const server of servers) await relayBy(server, warmUpPackets)
  const figures = await interleaved(servers, rounds, (server) => relayBy(server, packetsPerRound))
  await Promise.all([...opened.values()].flat().map((pair) => pair.close()))
  const of = (wanted: string) => {
    const server = servers.find(({ name }) => name === wanted)
    return (server && figures.get(server)) ?? []
  }
  const each = servers.map(({ name }) => `${name} ${withSpread(of(name))} µs`).join(', ')
  const against = (name: string) => `ours / ${name} ${ratio(of('ours'), of(name))}`
  return `${one.mode} ${one.bytes} B: ${each}; ${against('coturn')}, ${against('bare')}\n`
}

function openPair({ name, port }: BenchedServer, { mode, bytes }: Case): Promise<Pair> {
  const payload = Buffer.alloc(bytes, 'x')
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })
  return name === 'bare'
    ? openBarePair(port, payload)
    : openTurnPair({ port, ...login }, mode, payload)
}

/** Relays packets of all clients through a server; returns microseconds of its processor time for each. */
async function relay(
  { process: child }: BenchedServer,
  pairs: readonly Pair[],
  packets: number,
): Promise<number> {
  const { pid = 0 } = child
  const before = threadSeconds(pid)
  const relayed = await Promise.all(pairs.map((pair) => pingPong(pair, packets / clients / 2)))
  const usedSeconds = threadSeconds(pid) - before
  return (usedSeconds * 1_000_000) / relayed.reduce((sum, n) => sum + n, 0)
}
