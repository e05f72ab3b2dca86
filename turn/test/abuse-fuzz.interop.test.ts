import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import type { FuzzReport } from './fuzzer.ts'

t.setTimeout(240_000)

const all = 1_000_000
const threads = availableParallelism()

t.test(
  'takes 1,000,000 broken and odd messages of every method without an exception',
  async (t) => {
    const given = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1e9) + 1)
    const runs = Array.from({ length: threads }, async (_, i) => {
      const seed = given + i
      t.comment(`FUZZ_SEED=${seed}`)
      const workerData = { seed, messages: Math.ceil(all / threads) }
      const thread = new Worker(new URL('./fuzz-thread.ts', import.meta.url), { workerData })
      const [report]: FuzzReport[] = await once(thread, 'message')
      t.comment(JSON.stringify(report))
      t.ok(report && report.relayed > 0)
    })
    await Promise.all(runs)
  },
)
