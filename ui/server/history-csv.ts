import type { HistoryPoint, HistoryRange } from '#api'

/** Lines that are written in one go, so that no file keeps the server from other work for long. */
const LINES_A_PIECE = 200

/**
 * Writes history as CSV (RFC 4180), piece by piece: a line of names, then one for each step with its time
 * as ISO 8601 and its length. What was not measured is empty.
 */
export async function* historyCsv({ points, stepMs }: HistoryRange): AsyncGenerator<string> {
  const cores = points.reduce((most, point) => Math.max(most, point.cpuPerCorePercent.length), 0)
  yield line(['time', 'step_seconds', ...namesOf(points[0], cores)])
  for (let first = 0; first < points.length; first += LINES_A_PIECE) {
    const piece = points.slice(first, first + LINES_A_PIECE)
    yield piece.map((point) => line([...start(point, stepMs), ...valuesOf(point, cores)])).join('')
    await new Promise(setImmediate)
  }
}

function start({ atMs }: HistoryPoint, stepMs: number): readonly string[] {
  return [new Date(atMs).toISOString(), `${stepMs / 1000}`]
}

/** Tables within a point have a column for each entry: `paths.udp`; cores are counted from 0. */
function namesOf(point: HistoryPoint | undefined, cores: number): readonly string[] {
  return Object.entries(point ?? {}).flatMap(([name, value]) => {
    if (name === 'atMs') return []
    if (Array.isArray(value)) return Array.from({ length: cores }, (_, core) => `${name}.${core}`)
    if (typeof value === 'object') return Object.keys(value).map((part) => `${name}.${part}`)
    return [name]
  })
}

function valuesOf(point: HistoryPoint, cores: number): readonly string[] {
  return Object.entries(point).flatMap(([name, value]) => {
    if (name === 'atMs') return []
    if (Array.isArray(value)) return Array.from({ length: cores }, (_, core) => cell(value[core]))
    if (typeof value === 'object') return Object.values(value).map(cell)
    return [cell(value)]
  })
}

function cell(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : ''
}

function line(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`
}
