import type { HistoryPoint, MediaPath, TrackKind } from '#api'
import { formatBitRate, formatBytes, formatMs, formatNumber, formatPercent } from './format.ts'
import { PATH_ORDER, shortPath, wordOf } from './wording.ts'

type Series = 1 | 2 | 3 | 4 | 5 | 6

/** One line of a chart. `color` is a custom property of the theme; `dash` tells lines apart without it. */
export type ChartLine = Readonly<{
  label: string
  color: `--series-${Series}`
  dash: readonly number[]
  /** `undefined` where nothing was measured. */
  value: (point: HistoryPoint) => number | undefined
}>

/** One chart. */
export type ChartPlan = Readonly<{
  id: string
  title: string
  lines: readonly ChartLine[]
  format: (value: number) => string
  /** What the figures are, as a column of a file says it. */
  unit: string
  /** The vertical scale reaches at least this far. */
  atLeast: number
  /** How a row of the table sums up what it stands for. */
  interval: 'mean' | 'highest' | 'sum'
}>

/** Charts under one heading. */
export type ChartGroup = Readonly<{ title: string; plans: readonly ChartPlan[] }>

/** Dashes in the order in which lines take them; the first is solid. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 4], [10, 3, 2, 3], [4, 2]]
const SERIES: readonly Series[] = [1, 2, 3, 4, 5]

type Values = readonly (readonly [label: string, value: ChartLine['value']])[]

function lines(...values: Values): readonly ChartLine[] {
  return values.map(([label, value], index) => ({
    label,
    color: `--series-${SERIES[index] ?? 6}`,
    dash: DASHES[index] ?? [1, 3],
    value,
  }))
}

const percent = { format: formatPercent, unit: '%', interval: 'mean' } as const
const rate = { format: formatBitRate, unit: 'bit/s', interval: 'mean' } as const
const count = { format: formatNumber, unit: 'count', interval: 'highest' } as const
const time = { format: formatMs, unit: 'ms', interval: 'mean' } as const

const TRACK_KINDS: readonly TrackKind[] = [
  'microphone',
  'screen_share',
  'screen_share_audio',
  'camera',
  'other',
]

/** A path's share of the people who have one; `undefined` while nobody has. */
function pathShare(path: MediaPath) {
  return ({ paths }: HistoryPoint): number | undefined => {
    const all = PATH_ORDER.reduce((sum, each) => sum + paths[each], 0)
    return all === 0 ? undefined : (100 * paths[path]) / all
  }
}

const PEOPLE: readonly ChartPlan[] = [
  {
    id: 'people',
    title: 'People and calls',
    lines: lines(['People', (p) => p.participants], ['Calls', (p) => p.rooms]),
    ...count,
    atLeast: 4,
  },
  {
    id: 'tracks',
    title: 'Active tracks',
    lines: lines(
      ...TRACK_KINDS.map((kind) => [wordOf(kind), (p: HistoryPoint) => p.tracks[kind]] as const),
    ),
    ...count,
    atLeast: 4,
  },
  {
    id: 'paths',
    title: 'Paths of media, share',
    lines: lines(...PATH_ORDER.map((path) => [shortPath(path), pathShare(path)] as const)),
    ...percent,
    atLeast: 100,
  },
]

const QUALITY: readonly ChartPlan[] = [
  {
    id: 'loss',
    title: 'Loss, worst twentieth',
    lines: lines(['From people', (p) => p.lossUpPercent], ['To people', (p) => p.lossDownPercent]),
    ...percent,
    atLeast: 5,
  },
  {
    id: 'jitter',
    title: 'Jitter, worst twentieth',
    lines: lines(['From people', (p) => p.jitterUpMs], ['To people', (p) => p.jitterDownMs]),
    ...time,
    atLeast: 20,
  },
  {
    id: 'rtt',
    title: 'Round trip, worst twentieth',
    lines: lines(['Round trip', (p) => p.rttMs]),
    ...time,
    atLeast: 50,
  },
]

const MACHINE: readonly ChartPlan[] = [
  {
    id: 'cpu',
    title: 'Processor',
    lines: lines(
      ['All cores', (p) => p.cpuTotalPercent],
      ['Network interrupts', (p) => p.cpuSoftirqPercent],
      ['Taken by the host', (p) => p.cpuStealPercent],
    ),
    ...percent,
    atLeast: 20,
  },
  {
    id: 'worker',
    title: 'Busiest media worker',
    lines: lines(['Of one core', (p) => p.mediaWorkerPercent]),
    ...percent,
    atLeast: 20,
  },
  {
    id: 'memory',
    title: 'Memory in use',
    lines: lines(['In use', (p) => p.memoryUsedBytes]),
    format: formatBytes,
    unit: 'bytes',
    interval: 'mean',
    atLeast: 1e9,
  },
  {
    id: 'bandwidth',
    title: 'Bandwidth',
    lines: lines(['In', (p) => p.receivedBitsPerSecond], ['Out', (p) => p.sentBitsPerSecond]),
    ...rate,
    atLeast: 100_000,
  },
  {
    id: 'packets',
    title: 'Packets each second',
    lines: lines(['In', (p) => p.receivedPacketsPerSecond], ['Out', (p) => p.sentPacketsPerSecond]),
    ...count,
    interval: 'mean',
    atLeast: 100,
  },
  {
    id: 'drops',
    title: 'Packets that the kernel dropped',
    lines: lines(
      ['UDP lost on arrival', (p) => p.udpReceiveBufferErrors],
      ['At our sockets', (p) => p.socketDrops],
    ),
    ...count,
    interval: 'sum',
    atLeast: 10,
  },
]

const RELAY: readonly ChartPlan[] = [
  {
    id: 'turn',
    title: 'TURN allocations',
    lines: lines(['Allocations', (p) => p.turnAllocations]),
    ...count,
    atLeast: 4,
  },
  {
    id: 'turn-traffic',
    title: 'TURN traffic',
    lines: lines(['Relayed', (p) => p.turnBitsPerSecond]),
    ...rate,
    atLeast: 100_000,
  },
  {
    id: 'turn-rejections',
    title: 'TURN rejections',
    lines: lines(['Rejected', (p) => p.turnRejections]),
    ...count,
    interval: 'sum',
    atLeast: 10,
  },
]

/** The dashboard's charts, in order. */
export const CHART_GROUPS: readonly ChartGroup[] = [
  { title: 'People', plans: PEOPLE },
  { title: 'Quality', plans: QUALITY },
  { title: 'Machine', plans: MACHINE },
  { title: 'Relay', plans: RELAY },
]

/** All of them. */
export const CHARTS: readonly ChartPlan[] = CHART_GROUPS.flatMap(({ plans }) => plans)
