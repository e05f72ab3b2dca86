import { readdirSync } from 'node:fs'
import { createTurnEngine, type TurnEngineOptions } from '../index.ts'
import type { ProcessState } from './engine-in-process.ts'

// A TURN engine as a process of its own: options come as JSON, each message asks how it is.
const engine = createTurnEngine(JSON.parse(process.argv[2] ?? '') as TurnEngineOptions)
await engine.start()

function state(): ProcessState {
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return {
    heldBytes: heapUsed + external + arrayBuffers,
    descriptors: readdirSync('/proc/self/fd').length,
    stats: engine.stats(),
    listening: engine.listening(),
  }
}

process.on('message', () => process.send?.(state()))
process.once('disconnect', () => process.exit(0))
process.send?.(state())
