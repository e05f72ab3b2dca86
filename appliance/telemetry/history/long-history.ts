import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HistoryPoint, HistoryRange } from '#api'
import { messageOf } from '../../errors.ts'
import { mergeRows, type Row, rowOf } from './columns.ts'
import { type HistoryQuery, pickTier, pointsOf, type Tier, thinOut } from './range.ts'
import { Ring } from './ring.ts'
import { RingFile } from './ring-file.ts'

/** Steps of ten seconds for a day and a little, of five minutes for a month. */
const FINE = { stepMs: 10_000, rows: 26 * 360 }
const COARSE = { stepMs: 300_000, rows: 32 * 288 }

/** No more points than any tier has rows, no fewer than a line needs. */
const FEWEST_POINTS = 2
const MOST_POINTS = 10_000

/** Where history is kept and what it is made of. */
export type LongHistoryOptions = Readonly<{
  /** Made when it is not there; files in it are replaced when they are of no use. */
  folder: string
  /** The points of the last minutes, one a second, oldest first. */
  recent: () => readonly HistoryPoint[]
  nowMs: () => number
  log: Readonly<{
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
  }>
}>

/** History over restarts. Before `open`, and where nothing can be written, it is in memory alone. */
export interface LongHistory {
  /** Reads what was kept. Never rejects: what is wrong is logged. */
  open(): Promise<void>
  /** Takes the point of a second. */
  record(point: HistoryPoint): void
  /** At most `points` of the finest kind that covers the time. */
  range(query: HistoryQuery): Promise<HistoryRange>
  /** Writes the steps that have begun. */
  close(): Promise<void>
}

/** Creates it; the folder is not touched before `open`. */
export function createLongHistory(options: LongHistoryOptions): LongHistory {
  return new KeptHistory(options)
}

class KeptHistory implements LongHistory {
  readonly #options: LongHistoryOptions
  readonly #fine = new Ring(FINE)
  readonly #coarse = new Ring(COARSE)
  readonly #fineFile: RingFile
  readonly #coarseFile: RingFile
  /** The step that has begun. */
  #pending: Row | undefined
  /** The five minutes that the last step was in. */
  #openCoarse: number | undefined
  #told = false

  constructor(options: LongHistoryOptions) {
    this.#options = options
    this.#fineFile = this.#fileOf('10-seconds.ring', this.#fine)
    this.#coarseFile = this.#fileOf('5-minutes.ring', this.#coarse)
  }

  async open(): Promise<void> {
    try {
      await mkdir(this.#options.folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      this.#tellUnwritable(error)
    }
    await this.#fineFile.open()
    await this.#coarseFile.open()
    this.#catchUp()
  }

  record(point: HistoryPoint): void {
    const row = rowOf(point)
    const atMs = this.#fine.startOf(row.atMs)
    if (this.#pending !== undefined && this.#pending.atMs !== atMs) this.#keep(this.#pending)
    // The first step after a start may have begun before it.
    const earlier = this.#pending ?? this.#fine.row(atMs)
    const begun = earlier?.atMs === atMs ? earlier : undefined
    this.#pending = begun === undefined ? { ...row, atMs } : mergeRows(begun, row)
  }

  async range({ fromMs, toMs, points }: HistoryQuery): Promise<HistoryRange> {
    const nowMs = this.#options.nowMs()
    const tiers = this.#tiers(nowMs)
    const begins = tiers.flatMap(({ oldestMs }) => oldestMs ?? [])
    const oldestMs = begins.length === 0 ? undefined : Math.min(...begins)
    const tier = pickTier(tiers, fromMs)
    if (tier === undefined) return { fromMs, toMs, stepMs: 1000, oldestMs, points: [] }
    // The step that is under way has begun before now and is told too; what lies ahead is not.
    const until = Math.min(toMs, nowMs + 1)
    const rows = tier.rows(fromMs, until)
    const most = Math.min(Math.max(points, FEWEST_POINTS), MOST_POINTS)
    const from = Math.max(fromMs, tier.oldestMs ?? 0)
    const thin = thinOut(rows, tier.stepMs, { fromMs: from, toMs: until, points: most })
    return { fromMs, toMs, oldestMs, stepMs: thin.stepMs, points: await pointsOf(thin.rows) }
  }

  async close(): Promise<void> {
    if (this.#pending !== undefined) this.#keep(this.#pending)
    this.#pending = undefined
    if (this.#openCoarse !== undefined) this.#roll(this.#openCoarse)
    await this.#fineFile.close()
    await this.#coarseFile.close()
  }

  #keep(row: Row): void {
    this.#fineFile.write(this.#fine.put(row))
    const coarse = this.#coarse.startOf(row.atMs)
    if (this.#openCoarse !== undefined && this.#openCoarse !== coarse) this.#roll(this.#openCoarse)
    this.#openCoarse = coarse
  }

  /** Makes the row of five minutes out of those of ten seconds. */
  #roll(atMs: number): void {
    const row = this.#rolled(atMs)
    if (row !== undefined) this.#coarseFile.write(this.#coarse.put(row))
  }

  #rolled(atMs: number): Row | undefined {
    const [first, ...others] = this.#fineRows(atMs, atMs + this.#coarse.stepMs)
    return first && mergeRows({ ...first, atMs }, ...others)
  }

  /** A server that ended in the midst of five minutes has left their parts, and not always the whole. */
  #catchUp(): void {
    const nowMs = this.#options.nowMs()
    const last = this.#coarse.startOf(nowMs)
    const { stepMs } = this.#coarse
    const first = this.#coarse.startOf(nowMs - this.#fine.spanMs) + stepMs
    for (let atMs = first; atMs < last; atMs += stepMs) {
      const known = this.#coarse.row(atMs)?.seconds ?? 0
      const row = this.#rolled(atMs)
      if (row !== undefined && row.seconds > known) this.#roll(atMs)
    }
    if (this.#fine.between(last, nowMs).length > 0) this.#openCoarse = last
  }

  #tiers(nowMs: number): readonly Tier[] {
    const recent = this.#options.recent()
    const within = (fromMs: number, toMs: number) =>
      recent.filter(({ atMs }) => atMs > fromMs - 1000 && atMs < toMs).map(rowOf)
    return [
      { stepMs: 1000, oldestMs: recent.at(0)?.atMs, rows: within },
      {
        stepMs: this.#fine.stepMs,
        oldestMs: this.#fine.oldest(nowMs + 1) ?? this.#pending?.atMs,
        rows: (fromMs, toMs) => this.#fineRows(fromMs, toMs),
      },
      {
        stepMs: this.#coarse.stepMs,
        oldestMs: this.#coarse.oldest(nowMs + 1),
        rows: (fromMs, toMs) => this.#coarseRows(fromMs, toMs),
      },
    ]
  }

  #fineRows(fromMs: number, toMs: number): readonly Row[] {
    const rows = this.#fine.between(fromMs, toMs)
    const pending = this.#pending
    if (pending === undefined || pending.atMs >= toMs) return rows
    if (pending.atMs < this.#fine.startOf(fromMs)) return rows
    return [...rows.filter(({ atMs }) => atMs !== pending.atMs), pending]
  }

  /** The five minutes that are under way are made of what there is of them. */
  #coarseRows(fromMs: number, toMs: number): readonly Row[] {
    const rows = this.#coarse.between(fromMs, toMs)
    const begun = this.#openCoarse
    if (begun === undefined || begun >= toMs || begun < this.#coarse.startOf(fromMs)) return rows
    const row = this.#rolled(begun)
    return row === undefined ? rows : [...rows.filter(({ atMs }) => atMs !== begun), row]
  }

  #fileOf(name: string, ring: Ring): RingFile {
    const path = join(this.#options.folder, name)
    return new RingFile(path, ring, {
      onStartedAnew: (why) =>
        this.#options.log.warn({ file: path, why }, 'history starts anew: its file cannot be used'),
      onUnwritable: (error) => this.#tellUnwritable(error),
      onWritten: () => {
        this.#told = false
        this.#options.log.info({ file: path }, 'history is kept on the disk again')
      },
    })
  }

  #tellUnwritable(error: unknown): void {
    if (this.#told) return
    this.#told = true
    const facts = { folder: this.#options.folder, why: messageOf(error) }
    this.#options.log.warn(facts, 'history cannot be kept on the disk, so a restart forgets it')
  }
}
