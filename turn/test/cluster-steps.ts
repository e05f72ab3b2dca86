import type { Test } from 'tap'
import type { ClusterEngine } from '../cluster/cluster-engine.ts'
import { ContractClient } from './contract-client.ts'
import { startOurCluster } from './our-cluster.ts'
import { until } from './until.ts'

/** A running cluster and its one user. */
export type Cluster = Awaited<ReturnType<typeof startOurCluster>>

/** Starts one that ends with the test. */
export async function startIn(
  t: Test,
  ...options: Parameters<typeof startOurCluster>
): Promise<Cluster> {
  const server = await startOurCluster(...options)
  t.teardown(() => server.close())
  return server
}

/** Opens clients, each on a port of its own, that close with the test. */
export async function openClients(
  t: Test,
  server: Cluster,
  count: number,
): Promise<ContractClient[]> {
  const opened = await Promise.all(Array.from({ length: count }, () => ContractClient.open(server)))
  t.teardown(() => {
    for (const client of opened) client.close()
  })
  return opened
}

/** Which worker serves a client, as it is called in the ids of rows: `1.1` is the first of place 1. */
export function workerOf(cluster: ClusterEngine, client: ContractClient): string | undefined {
  const row = cluster.allocations().find((row) => row.client.client.port === client.endpoint.port)
  return row?.id.split('-')[0]
}

/** Makes an allocation for each client; tells which worker serves whom. */
export async function allocateAll(cluster: ClusterEngine, clients: readonly ContractClient[]) {
  await Promise.all(clients.map((client) => client.allocate()))
  await until(() => clients.every((client) => workerOf(cluster, client)))
  return Map.groupBy(clients, (client) => workerOf(cluster, client) ?? '')
}

/** The process behind such a name. */
export function pidOf(cluster: ClusterEngine, worker: string): number {
  const pid = cluster.workerPids()[Number.parseInt(worker, 10) - 1]
  if (pid === undefined) throw new Error(`no worker ${worker}`)
  return pid
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Kills a worker and waits until its successor serves. */
export async function killAndWait(cluster: ClusterEngine, worker: string): Promise<void> {
  const { restarts } = cluster.stats().workers
  const places = cluster.workerPids().length
  process.kill(pidOf(cluster, worker), 'SIGKILL')
  await until(() => {
    const now = cluster.stats().workers
    return now.restarts > restarts && now.running === places
  })
}
