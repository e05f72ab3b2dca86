import { ClusterEngine, type ClusterParts } from '../cluster/cluster-engine.ts'
import type { TurnClusterOptions } from '../index.ts'
import type { RunningServer } from './contract-steps.ts'
import { loopbackOptions, startForAlice } from './our-engine.ts'

/** Worker processes with `loopbackOptions` and others, two unless said otherwise. */
export async function startOurCluster(
  options: Partial<TurnClusterOptions> = {},
  parts: ClusterParts = {},
): Promise<RunningServer & { cluster: ClusterEngine; tcpPort: number }> {
  const cluster = new ClusterEngine({ ...loopbackOptions, workers: 2, ...options }, parts)
  return { cluster, ...(await startForAlice(cluster)) }
}
