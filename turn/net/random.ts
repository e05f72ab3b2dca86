import { randomFillSync } from 'node:crypto'
import type { RandomSource } from '../server/turn-io.ts'

const poolSize = 8192

/** Creates a source of bytes from the operating system's CSPRNG, fetched in bulk because a Data indication needs twelve. */
export function createRandomSource(): RandomSource {
  let pool = new Uint8Array(0)
  let used = 0
  return {
    bytes(length) {
      if (used + length > pool.length) {
        pool = randomFillSync(new Uint8Array(Math.max(poolSize, length)))
        used = 0
      }
      used += length
      return pool.subarray(used - length, used)
    },
  }
}
