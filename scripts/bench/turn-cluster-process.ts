import { createTurnCluster } from '#turn'
import { benchOptions } from './turn-bench-options.ts'

// TURN in worker processes, for UDP. Every message to this process asks where its allocations are.
const [secret = '', workers = ''] = process.argv.slice(2)
const options = benchOptions(secret)
const relay = { ...options.relay, portMin: 40_000, portMax: 49_999 }
const engine = createTurnCluster({ ...options, relay, workers: Number(workers) })
await engine.start()
process.once('disconnect', () => engine.close('the measurement is over').then(() => process.exit()))
process.send?.(engine.listening()[0]?.port)
