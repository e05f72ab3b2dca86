import type { Service } from '../service.ts'
import type { StatusBoard } from '../status.ts'
import type { History } from '../telemetry/history.ts'
import type { SystemStats } from '../telemetry/system-stats.ts'

/** Samples the machine each second, renews the status, and lets history keep its point. */
export function statisticsService(
  system: SystemStats,
  board: StatusBoard,
  history: History,
): Service {
  let running = false
  return {
    name: 'statistics',
    async start() {
      system.onSample(() => {
        board.refresh()
        history.record()
      })
      await system.start()
      running = true
    },
    async stop() {
      system.stop()
      running = false
    },
    health: () => ({ ok: running, detail: running ? 'sampling each second' : 'not started' }),
  }
}
