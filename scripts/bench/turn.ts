/**
 * Measures what TURN costs our server, coturn and a bare Node forwarder, all in the same run on the same machine, in
 * short rounds by turns; servers on one core, the load on the other. Absolute figures hold for this moment only: quote
 * the ratios. Nothing here passes or fails.
 * Usage: node scripts/bench/turn.ts [--quick] [relaying | tls | allocations | workers]…; with --cpu-prof before the
 * file the servers in Node are profiled too.
 */
import { availableParallelism, cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { measureAllocations } from './turn-allocations.ts'
import { measureRelaying } from './turn-relaying.ts'
import { loadCore, pin } from './turn-servers.ts'
import { measureTls } from './turn-tls.ts'
import { measureWorkers } from './turn-workers.ts'

const parts: Readonly<Record<string, (rounds: number) => Promise<void>>> = {
  relaying: measureRelaying,
  tls: measureTls,
  allocations: measureAllocations,
  workers: measureWorkers,
}
const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const rounds = values.quick ? 3 : 9

const cores = `${availableParallelism()} × ${cpus()[0]?.model}`
process.stdout.write(`${cores}, Linux ${release()}, Node ${process.version}\n`)
process.stdout.write(
  `medians (and quartiles) of ${rounds} rounds; ratios are taken round by round\n`,
)
await pin(process.pid, loadCore)
for (const [name, measure] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  process.stdout.write(`\n${name}\n`)
  await measure(rounds)
}
