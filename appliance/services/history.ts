import { join } from 'node:path'
import type { StatusBoard } from '../status.ts'
import { createLongHistory, type LongHistory } from '../telemetry/history/long-history.ts'
import { createHistory, type History } from '../telemetry/history.ts'
import type { Ground } from './ground.ts'

/** The last minutes, and what there is over restarts. */
export type Histories = Readonly<{ latest: History; long: LongHistory }>

/** Makes both histories of the board's points. */
export function assembleHistories(
  { loaded: { dataDir }, log }: Pick<Ground, 'loaded' | 'log'>,
  board: Pick<StatusBoard, 'point'>,
): Histories {
  const latest = createHistory(board.point)
  const long = createLongHistory({
    folder: join(dataDir, 'history'),
    recent: latest.points,
    nowMs: Date.now,
    log,
  })
  return { latest, long }
}
