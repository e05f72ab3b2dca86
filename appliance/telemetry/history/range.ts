import type { HistoryPoint } from '#api'
import { mergeRows, pointOf, type Row } from './columns.ts'

/** One kind of history: steps of one length, the finest there are for some time back. */
export type Tier = Readonly<{
  stepMs: number
  /** When its oldest step began; `undefined` while it is empty. */
  oldestMs: number | undefined
  /** Rows in `[fromMs, toMs)`, the oldest first. */
  rows: (fromMs: number, toMs: number) => readonly Row[]
}>

/** Which part of history is asked for; at most `points` come back. */
export type HistoryQuery = Readonly<{ fromMs: number; toMs: number; points: number }>

/**
 * Picks, of tiers from the finest to the coarsest, the finest to which no coarser one adds anything
 * older within the time that is asked for.
 */
export function pickTier(tiers: readonly Tier[], fromMs: number): Tier | undefined {
  const filled = tiers.filter(({ oldestMs }) => oldestMs !== undefined)
  return filled.find(({ oldestMs = 0 }, index) =>
    filled.slice(index + 1).every((coarser) => {
      const sameStep = Math.floor(oldestMs / coarser.stepMs) * coarser.stepMs
      return Math.max(fromMs, coarser.oldestMs ?? 0) >= sameStep
    }),
  )
}

/** Rows that become points in one go. */
const ROWS_A_PIECE = 200

/** Makes points of rows; a day of them takes a second on a busy machine, so others have their turn in between. */
export async function pointsOf(rows: readonly Row[]): Promise<readonly HistoryPoint[]> {
  const points: HistoryPoint[] = []
  for (let first = 0; first < rows.length; first += ROWS_A_PIECE) {
    if (first > 0) await new Promise(setImmediate)
    points.push(...rows.slice(first, first + ROWS_A_PIECE).map(pointOf))
  }
  return points
}

/** Merges rows into steps that are long enough for no more than `points` to remain. */
export function thinOut(
  rows: readonly Row[],
  stepMs: number,
  { fromMs, toMs, points }: HistoryQuery,
): Readonly<{ stepMs: number; rows: readonly Row[] }> {
  if (rows.length <= points) return { stepMs, rows }
  let times = Math.max(2, Math.ceil((toMs - fromMs) / (points * stepMs)))
  while (countSteps(rows, stepMs * times) > points) times += 1
  return { stepMs: stepMs * times, rows: mergeBy(rows, stepMs * times) }
}

function countSteps(rows: readonly Row[], stepMs: number): number {
  let last = Number.NaN
  return rows.reduce((count, { atMs }) => {
    const step = Math.floor(atMs / stepMs)
    const isNew = step !== last
    last = step
    return isNew ? count + 1 : count
  }, 0)
}

function mergeBy(rows: readonly Row[], stepMs: number): readonly Row[] {
  const steps = Map.groupBy(rows, ({ atMs }) => Math.floor(atMs / stepMs) * stepMs)
  return [...steps].flatMap(([atMs, [first, ...others]]) =>
    first === undefined ? [] : [mergeRows({ ...first, atMs }, ...others)],
  )
}
