import { createHash } from 'node:crypto'
import type { HistoryPoint, MediaPath, TrackKind } from '#api'

/** How the values of several seconds become one: what was seen at worst, on the whole, or altogether. */
type Merge = 'mean' | 'max' | 'sum'

type SingleName = Exclude<keyof HistoryPoint, 'atMs' | 'cpuPerCorePercent' | 'tracks' | 'paths'>

/** Loads and rates are means; what may hurt for a second is kept at its worst; events are added up. */
const SINGLE: Readonly<Record<SingleName, Merge>> = {
  cpuTotalPercent: 'mean',
  cpuStealPercent: 'mean',
  cpuSoftirqPercent: 'mean',
  mediaWorkerPercent: 'max',
  memoryUsedBytes: 'max',
  receivedBitsPerSecond: 'mean',
  sentBitsPerSecond: 'mean',
  receivedPacketsPerSecond: 'mean',
  sentPacketsPerSecond: 'mean',
  participants: 'max',
  rooms: 'max',
  turnAllocations: 'max',
  turnBitsPerSecond: 'mean',
  lossUpPercent: 'max',
  lossDownPercent: 'max',
  jitterUpMs: 'max',
  jitterDownMs: 'max',
  rttMs: 'max',
  udpReceiveBufferErrors: 'sum',
  socketDrops: 'sum',
  turnRejections: 'sum',
}
const TRACKS: Readonly<Record<TrackKind, Merge>> = {
  microphone: 'max',
  camera: 'max',
  screen_share: 'max',
  screen_share_audio: 'max',
  other: 'max',
}
const PATHS: Readonly<Record<MediaPath, Merge>> = {
  udp: 'max',
  tcp: 'max',
  'turn-udp': 'max',
  'turn-tcp': 'max',
  'turn-tls': 'max',
}

/** Cores beyond these are in the points of single seconds alone. */
const CORES = 32

const names = <Name extends string>(table: Readonly<Record<Name, Merge>>) =>
  Object.keys(table) as Name[]
const singleNames = names(SINGLE)
const trackNames = names(TRACKS)
const pathNames = names(PATHS)

const columns: readonly Readonly<{ name: string; merge: Merge }>[] = [
  ...singleNames.map((name) => ({ name, merge: SINGLE[name] })),
  ...trackNames.map((name) => ({ name: `tracks.${name}`, merge: TRACKS[name] })),
  ...pathNames.map((name) => ({ name: `paths.${name}`, merge: PATHS[name] })),
  ...Array.from({ length: CORES }, (_, core) => ({ name: `core.${core}`, merge: 'mean' as const })),
]
const merges = columns.map(({ merge }) => merge)
const firstTrack = singleNames.length
const firstPath = firstTrack + trackNames.length
const firstCore = firstPath + pathNames.length

/** How many values a row has. */
export const COLUMN_COUNT = columns.length

/** Sixteen bytes that are others when a column or how it is merged is another. */
export const columnsFingerprint: Uint8Array = createHash('sha256')
  .update(JSON.stringify(columns))
  .digest()
  .subarray(0, 16)

/** A step of history: `values` by column, NaN for what was not measured, over so many seconds. */
export type Row = Readonly<{ atMs: number; seconds: number; values: ArrayLike<number> }>

/** Makes the row of one second. */
export function rowOf(point: HistoryPoint): Row {
  const values = new Float64Array(COLUMN_COUNT).fill(Number.NaN)
  let column = 0
  for (const name of singleNames) values[column++] = point[name] ?? Number.NaN
  for (const name of trackNames) values[column++] = point.tracks[name]
  for (const name of pathNames) values[column++] = point.paths[name]
  for (const percent of point.cpuPerCorePercent.slice(0, CORES)) values[column++] = percent
  return { atMs: point.atMs, seconds: 1, values }
}

/** Makes the point of a row. */
export function pointOf({ atMs, values }: Row): HistoryPoint {
  const single = {} as Record<SingleName, number | undefined>
  for (const [at, name] of singleNames.entries()) single[name] = shown(values[at])
  return {
    ...(single as Pick<HistoryPoint, SingleName>),
    atMs,
    cpuPerCorePercent: coresOf(values),
    tracks: counts(trackNames, values, firstTrack),
    paths: counts(pathNames, values, firstPath),
  }
}

function counts<Name extends string>(
  of: readonly Name[],
  values: ArrayLike<number>,
  first: number,
): Record<Name, number> {
  const table = {} as Record<Name, number>
  for (const [at, name] of of.entries()) table[name] = shown(values[first + at]) ?? 0
  return table
}

function coresOf(values: ArrayLike<number>): readonly number[] {
  const cores: number[] = []
  for (let column = firstCore; column < COLUMN_COUNT; column += 1) {
    const percent = shown(values[column])
    if (percent === undefined) break
    cores.push(percent)
  }
  return cores
}

/** Makes one row of several that follow one another; its time is the first one's. */
export function mergeRows(first: Row, ...others: readonly Row[]): Row {
  const sum = { ...first, values: Float64Array.from(first.values) }
  for (const other of others) addTo(sum, other)
  return sum
}

function addTo(sum: { seconds: number; values: Float64Array }, { seconds, values }: Row): void {
  const share = seconds / (sum.seconds + seconds)
  for (let column = 0; column < COLUMN_COUNT; column += 1) {
    const a = sum.values[column] ?? Number.NaN
    const b = values[column] ?? Number.NaN
    if (Number.isNaN(b)) continue
    sum.values[column] = Number.isNaN(a) ? b : merged(a, b, column, share)
  }
  sum.seconds += seconds
}

function merged(a: number, b: number, column: number, share: number): number {
  const merge = merges[column]
  if (merge === 'max') return Math.max(a, b)
  return merge === 'sum' ? a + b : a + (b - a) * share
}

/** Thousandths are enough, and shorter on the wire. */
function shown(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : Math.round(value * 1000) / 1000
}
