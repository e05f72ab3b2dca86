/**
 * Measures what an allocation costs our engine and coturn, each pinned to one core: memory while it is there, processor
 * time to make and to release it, and how many a second a core makes.
 * Usage: node scripts/bench/turn-allocations.ts [allocations]
 */
import { readFileSync } from 'node:fs'
import { issueCredentials } from '#turn'
import { lifetime } from '../../turn/protocol/attributes/lifetime.ts'
import { methods } from '../../turn/protocol/methods.ts'
import { ContractClient } from '../../turn/test/contract-client.ts'
import { having } from '../../turn/test/encode-request.ts'
import { processorSeconds } from './processor-time.ts'
import { type BenchedServer, pin, startCoturn, startNode, stop } from './turn-servers.ts'

const [count = 2000] = process.argv.slice(2).map(Number)
const lanes = 8
const secret = 'bench'
const nowSeconds = Date.now() / 1000
const login = issueCredentials({ secret, id: 'bench', lifetimeSeconds: 3600, nowSeconds })

/** Resident memory of a process in KiB. */
function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** Does something to every client, some at a time; returns the server's processor seconds for it. */
async function measured(
  pid: number,
  clients: readonly ContractClient[],
  step: (client: ContractClient) => Promise<unknown>,
): Promise<number> {
  const before = processorSeconds(pid)
  const waiting = [...clients]
  const lane = async () => {
    for (let client = waiting.pop(); client; client = waiting.pop()) await step(client)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return processorSeconds(pid) - before
}

async function measure(server: BenchedServer): Promise<string> {
  const { pid = 0 } = server.process
  const at = { port: server.port, ...login }
  const open = (number: number) =>
    Promise.all(Array.from({ length: number }, () => ContractClient.open(at)))
  const clients = await open(count)
  const release = (client: ContractClient) => client.request(methods.refresh, having(lifetime, 0))
  const few = await open(200)
  await measured(pid, few, (client) => client.allocate())
  await measured(pid, few, release)
  const before = residentKib(pid)
  const making = await measured(pid, clients, (client) => client.allocate())
  const each = (residentKib(pid) - before) / count
  const releasing = await measured(pid, clients, release)
  for (const client of [...few, ...clients]) client.close()
  const us = (seconds: number) => `${Math.round((seconds * 1_000_000) / count)} µs`
  return (
    `${server.name}: ${each.toFixed(1)} KiB an allocation; ${us(making)} to make one, challenge ` +
    `included (${Math.round(count / making)} a second), ${us(releasing)} to release it\n`
  )
}

await pin(process.pid, '1')
const servers = [
  await startNode('ours', 'turn-server-process.ts', [secret]),
  await startCoturn(secret),
]
try {
  for (const server of servers) process.stdout.write(await measure(server))
} finally {
  await Promise.all(servers.map(stop))
}
