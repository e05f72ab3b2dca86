import { startOurCluster } from './our-cluster.ts'

// A parent that can be killed: it tells its workers and waits.
const { cluster } = await startOurCluster()
process.send?.(cluster.workerPids())
