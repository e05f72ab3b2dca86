import { createTurnEngine } from '#turn'
import { benchOptions } from './turn-bench-options.ts'

// Our engine in a process of its own, so that its processor time can be read apart from the generator's.
const [secret = ''] = process.argv.slice(2)
const engine = createTurnEngine(benchOptions(secret))
await engine.start()
process.once('disconnect', () => process.exit())
process.send?.(engine.listening()[0]?.port)
