import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writePrivately } from '../data-dir.ts'
import { systemErrorCode } from '../errors.ts'

/** Events that are kept, the latest first. */
export const MAX_EVENTS = 200

const FILE = 'alerts.json'

const short = z.string().max(500)

const stateSchema = z.object({
  version: z.literal(1),
  /** The alerts that fire, and since when. */
  firing: z.array(z.object({ id: short, sinceMs: z.number() })).max(100),
  /** Those of them that people were told of. */
  told: z.array(short).max(100),
  silences: z.array(z.object({ id: short, untilMs: z.number() })).max(100),
  events: z
    .array(
      z.object({
        atMs: z.number(),
        id: short,
        title: short,
        change: z.enum(['firing', 'resolved']),
        value: short,
        sentTo: z.array(short).max(50),
        failed: z.array(z.object({ channel: short, reason: short })).max(50),
      }),
    )
    .max(MAX_EVENTS),
})

/** What outlasts a restart, so that nobody is told the same again. */
export type AlertMemory = z.output<typeof stateSchema>

/** Nothing fires, nothing has. */
export const EMPTY_MEMORY: AlertMemory = {
  version: 1,
  firing: [],
  told: [],
  silences: [],
  events: [],
}

/** Where the memory is kept. */
export interface AlertStore {
  /** `problem` is there when there was one that cannot be read; it begins anew then. */
  load(): Readonly<{ memory: AlertMemory; problem?: string }>
  save(memory: AlertMemory): Promise<void>
}

/** Keeps it in a file of the data directory, written whole or not at all. */
export function createAlertStore(dataDir: string): AlertStore {
  const file = join(dataDir, FILE)
  return {
    load() {
      try {
        return { memory: stateSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) }
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return { memory: EMPTY_MEMORY }
        const problem = `${file} cannot be read: ${systemErrorCode(error) ?? 'it is damaged'}`
        return { memory: EMPTY_MEMORY, problem }
      }
    },
    async save(memory) {
      await writePrivately(file, `${JSON.stringify(memory)}\n`)
    },
  }
}
