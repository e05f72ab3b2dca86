import { performance } from 'node:perf_hooks'
import { issueCredentials } from '#turn'
import { interleaved, ratio, withSpread } from './figures.ts'
import { descendants, threadSeconds } from './processor-time.ts'
import { openTurnPair, type Pair, pingPong } from './turn-load.ts'
import { type BenchedServer, startUnpinned, stop } from './turn-servers.ts'

const secret = 'bench'
const clients = 64
const packetsPerClient = 128
const warmUpRounds = 6
const payload = Buffer.alloc(160, 'x')

/**
 * Compares two workers with one, on all cores: processor time of a relayed packet, packets a second, and how the kernel
 * spreads clients over them. The load comes from one process, which takes a core too.
 */
export async function measureWorkers(rounds: number): Promise<void> {
  const clusters = await Promise.all([startWorkers(1), startWorkers(2)])
  try {
    process.stdout.write(await compare(clusters, rounds))
  } finally {
    await Promise.all(clusters.map(stop))
  }
}

function startWorkers(count: number): Promise<BenchedServer> {
  return startUnpinned(`${count}`, 'turn-cluster-process.ts', [secret, `${count}`])
}

async function compare(
  [one, two]: readonly [BenchedServer, BenchedServer],
  rounds: number,
): Promise<string> {
  const opened = new Map<BenchedServer, readonly Pair[]>()
  const perSecond = new Map<BenchedServer, number[]>([
    [one, []],
    [two, []],
  ])
  for (const cluster of [one, two]) opened.set(cluster, await openAll(cluster))
  const relayBy = async (cluster: BenchedServer) => {
    const beganMs = performance.now()
    const [before, relayed] = [usedBy(cluster), await relay(opened.get(cluster) ?? [])]
    perSecond.get(cluster)?.push((relayed * 1000) / (performance.now() - beganMs))
    const used = usedBy(cluster).map((seconds, worker) => seconds - (before[worker] ?? 0))
    return (sum(used) * 1_000_000) / relayed
  }
  for (let n = 0; n < warmUpRounds; n++) for (const cluster of [one, two]) await relayBy(cluster)
  for (const figures of perSecond.values()) figures.length = 0
  const figures = await interleaved([one, two], rounds, relayBy)
  const used = usedBy(two)
  const shares = used.map((seconds) => `${Math.round((100 * seconds) / sum(used))} %`)
  await Promise.all([...opened.values()].flat().map((pair) => pair.close()))
  const [ofOne = [], ofTwo = []] = [figures.get(one), figures.get(two)]
  const [speedOfOne = [], speedOfTwo = []] = [perSecond.get(one), perSecond.get(two)]
  return (
    `processor time: one ${withSpread(ofOne)} µs a packet, two ${withSpread(ofTwo)} µs; two / one ${ratio(ofTwo, ofOne)}\n` +
    `packets a second: one ${withSpread(speedOfOne, 0)}, two ${withSpread(speedOfTwo, 0)}; two / one ${ratio(speedOfTwo, speedOfOne)}\n` +
    `${clients} clients on two workers: ${shares.join(' and ')} of the processor time\n`
  )
}

function openAll({ port }: BenchedServer): Promise<readonly Pair[]> {
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })
  return Promise.all(
    Array.from({ length: clients }, () => openTurnPair({ port, ...login }, 'channel', payload)),
  )
}

/** Packets relayed for all clients, both ways counted. */
async function relay(pairs: readonly Pair[]): Promise<number> {
  return sum(await Promise.all(pairs.map((pair) => pingPong(pair, packetsPerClient))))
}

/** Processor seconds of each worker. */
function usedBy({ process: { pid = 0 } }: BenchedServer): readonly number[] {
  return descendants(pid).map(threadSeconds)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
