import type { Service } from '../service.ts'
import type { StatusBoard } from '../status.ts'
import type { SystemStats } from '../telemetry/system-stats.ts'
import type { Histories } from './history.ts'

/** Samples the machine each second, renews the status, and lets both histories keep its point. */
export function statisticsService(
  system: SystemStats,
  board: StatusBoard,
  { latest, long }: Histories,
): Service {
  let running = false
  return {
    name: 'statistics',
    async start() {
      system.onSample(() => {
        board.refresh()
        long.record(latest.record())
      })
      await long.open()
      try {
        await system.start()
      } catch (error) {
        await long.close()
        throw error
      }
      running = true
    },
    async stop() {
      system.stop()
      running = false
      await long.close()
    },
    health: () => ({ ok: running, detail: running ? 'sampling each second' : 'not started' }),
  }
}
