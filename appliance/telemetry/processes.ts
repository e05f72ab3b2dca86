import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessLoad } from '#api'
import { type ProcessTicks, parseProcessStat, readOr } from './proc.ts'

/** One of our processes, before it is measured. */
export type OwnProcess = Pick<ProcessLoad, 'kind' | 'pid' | 'rooms'>

/** `/proc` tells times in hundredths of a second, on every architecture (USER_HZ, time(7)). */
const TICKS_PER_SECOND = 100

/** The key of the page size in the auxiliary vector (getauxval(3)). */
const AT_PAGESZ = 6n

/** Measures our processes; those that are gone are left out. */
export type ProcessMeter = (
  processes: readonly OwnProcess[],
  monotonicMs: number,
) => readonly ProcessLoad[]

/** Creates the meter; `cpuPercent` is since its call before, and 0 for a process that is new. */
export function createProcessMeter(procRoot: string): ProcessMeter {
  const pageBytes = readPageBytes(procRoot)
  let before: ReadonlyMap<number, ProcessTicks> = new Map()
  let beforeMs = 0
  return (processes, monotonicMs) => {
    const seconds = (monotonicMs - beforeMs) / 1000
    const now = new Map<number, ProcessTicks>()
    const loads = processes.flatMap((entry): readonly ProcessLoad[] => {
      const found = readOr(join(procRoot, `${entry.pid}/stat`), parseProcessStat, undefined)
      if (found === undefined) return []
      now.set(entry.pid, found)
      const earlier = before.get(entry.pid)
      const ticks = earlier?.startedAt === found.startedAt ? found.ticks - earlier.ticks : 0
      const cpuPercent = seconds > 0 ? (100 * ticks) / TICKS_PER_SECOND / seconds : 0
      return [{ ...entry, cpuPercent, rssBytes: found.rssPages * pageBytes }]
    })
    before = now
    beforeMs = monotonicMs
    return loads
  }
}

/** The machine's page size: 4 KiB, or up to 64 on some ARM kernels. */
function readPageBytes(procRoot: string): number {
  const usual = 4096
  let vector: Buffer
  try {
    vector = readFileSync(join(procRoot, 'self/auxv'))
  } catch {
    return usual
  }
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8))
  }
  return usual
}
