import { readFileSync } from 'node:fs'
import { issueCredentials } from '#turn'
import { lifetime } from '../../turn/protocol/attributes/lifetime.ts'
import { methods } from '../../turn/protocol/methods.ts'
import { ContractClient } from '../../turn/test/contract-client.ts'
import { having } from '../../turn/test/encode-request.ts'
import { interleaved, ratio, withSpread } from './figures.ts'
import { threadSeconds } from './processor-time.ts'
import { type BenchedServer, startCoturn, startNode, stop } from './turn-servers.ts'

type Step = (client: ContractClient) => Promise<unknown>

const weighed = 2000
const allocationsPerRound = 200
const lanes = 8
const secret = 'bench'
/** Open until the end: coturn remembers for a while whose port had an allocation, and the next owner would be told 437. */
const opened: ContractClient[] = []

/**
 * Compares what an allocation costs: memory while it is there, and processor time to ask for it, be challenged, get it
 * and give it back.
 */
export async function measureAllocations(rounds: number): Promise<void> {
  const servers = [
    await startNode('ours', 'turn-server-process.ts', [secret]),
    await startCoturn(secret),
  ] as const
  try {
    for (const server of servers) process.stdout.write(await weigh(server))
    process.stdout.write(await compare(servers, rounds))
  } finally {
    for (const client of opened.splice(0)) client.close()
    await Promise.all(servers.map(stop))
  }
}

/** Memory goes first: what a server has once used it does not give back. */
async function weigh(server: BenchedServer): Promise<string> {
  const { pid = 0 } = server.process
  const warm = await open(server, allocationsPerRound)
  await each(warm, cycle)
  const clients = await open(server, weighed)
  const before = residentKib(pid)
  await each(clients, allocate)
  const kib = (residentKib(pid) - before) / weighed
  await each(clients, release)
  return `${server.name}: ${kib.toFixed(1)} KiB an allocation, ${weighed} at once\n`
}

async function compare(
  [ours, coturn]: readonly [BenchedServer, BenchedServer],
  rounds: number,
): Promise<string> {
  const cost = async (server: BenchedServer) => {
    const { pid = 0 } = server.process
    const clients = await open(server, allocationsPerRound)
    const before = threadSeconds(pid)
    await each(clients, cycle)
    const usedSeconds = threadSeconds(pid) - before
    return (usedSeconds * 1_000_000) / allocationsPerRound
  }
  for (const server of [ours, coturn]) await cost(server)
  const figures = await interleaved([ours, coturn], rounds, cost)
  const [us = [], theirs = []] = [figures.get(ours), figures.get(coturn)]
  const perSecond = (micros: readonly number[]) =>
    withSpread(
      micros.map((one) => 1_000_000 / one),
      0,
    )
  return (
    `401, allocate, refresh 0: ours ${withSpread(us, 0)} µs, coturn ${withSpread(theirs, 0)} µs; ` +
    `ours / coturn ${ratio(us, theirs)}\n` +
    `a second on one core: ours ${perSecond(us)}, coturn ${perSecond(theirs)}\n`
  )
}

async function open({ port }: BenchedServer, count: number): Promise<readonly ContractClient[]> {
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })
  const openOne = () => ContractClient.open({ port, ...login })
  const clients = await Promise.all(Array.from({ length: count }, openOne))
  opened.push(...clients)
  return clients
}

const allocate: Step = (client) => client.allocate()
const release: Step = (client) => client.request(methods.refresh, having(lifetime, 0))
const cycle: Step = async (client) => {
  await allocate(client)
  await release(client)
}

/** Does something with every client, some at a time. */
async function each(clients: readonly ContractClient[], step: Step): Promise<void> {
  const waiting = [...clients]
  const lane = async () => {
    for (let client = waiting.pop(); client; client = waiting.pop()) await step(client)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Resident memory of a process in KiB. */
function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}
