import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { HistoryPoint, HistoryRange, Status } from '#api'
import type { HistoryClient } from './history-client.ts'
import type { PollDeps } from './polled-facts.ts'
import { LEAST_SPAN_MS, RANGES, type RangeId, type Span, shifted, zoomed } from './time-range.ts'

/** The figures that arrive each second. */
export type LiveFigures = Readonly<{
  points: ReadonlySignal<readonly HistoryPoint[]>
  status: ReadonlySignal<Status | undefined>
}>

/** What the charts draw: points, each of which stands for `stepMs`, out of a stretch of time. */
export type ChartView = Readonly<{
  points: readonly HistoryPoint[]
  span: Span
  stepMs: number
}>

export type ChartHistoryDeps = PollDeps & Readonly<{ client: HistoryClient; live: LiveFigures }>

/** A part of a range; `isWhole` where no point of it was missing when it was chosen. */
type Zoom = Readonly<{ span: Span; view: ChartView; isWhole: boolean }>

const LIVE_STEP_MS = 1000
const MOST_POINTS = 600
const MOST_ZOOMS = 20
/** How often a range that ends now is asked for again, as a share of its length. */
const REFRESH_SHARE = 1 / 360
const LEAST_REFRESH_MS = 10_000

/** The one stretch of time that all charts show: the last minutes live, a longer range, or a part of it. */
export class ChartHistory {
  readonly #deps: ChartHistoryDeps
  readonly #range = signal<RangeId>('live')
  readonly #zooms = signal<readonly Zoom[]>([])
  readonly #fetched = signal<ChartView | undefined>(undefined)
  readonly #problem = signal<string | undefined>(undefined)
  readonly #oldestMs = signal<number | undefined>(undefined)
  #callOff: () => void = () => {}
  #asked = 0

  readonly range: ReadonlySignal<RangeId> = this.#range
  /** Why the longer past cannot be shown, `undefined` where it can. */
  readonly problem: ReadonlySignal<string | undefined> = this.#problem
  /** Since when there is a past, `undefined` until that is known. */
  readonly oldestMs: ReadonlySignal<number | undefined> = this.#oldestMs
  /** Whether a part of a range is shown. */
  readonly isZoomed: ReadonlySignal<boolean> = computed(() => this.#zooms.value.length > 0)
  /** `undefined` until there are points. */
  readonly view: ReadonlySignal<ChartView | undefined> = computed(() => {
    const zoom = this.#zooms.value.at(-1)
    if (zoom) return zoom.view
    return this.#range.value === 'live' ? this.#liveView() : this.#fetched.value
  })

  constructor(deps: ChartHistoryDeps) {
    this.#deps = deps
  }

  /** Shows a range that ends now. */
  choose(range: RangeId): void {
    this.#range.value = range
    this.#zooms.value = []
    this.#fetched.value = undefined
    this.#problem.value = undefined
    void this.refresh()
  }

  /** Shows a part of what is shown. */
  zoomTo(span: Span): void {
    const before = this.view.peek()
    if (before === undefined || span.toMs - span.fromMs < LEAST_SPAN_MS / 2) return
    const source = (this.#range.peek() === 'live' && this.#liveView()) || before
    const points = source.points.filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs)
    const isWhole = span.fromMs >= source.span.fromMs && span.toMs <= source.span.toMs
    const view = { span, points, stepMs: source.stepMs }
    this.#zooms.value = [...this.#zooms.value.slice(1 - MOST_ZOOMS), { span, view, isWhole }]
    void this.refresh()
  }

  /** Shows half as much, or twice as much, around the middle. */
  zoomBy(factor: number): void {
    const span = this.view.peek()?.span
    if (span) this.zoomTo(zoomed(span, factor, this.#bounds()))
  }

  /** Shows what comes before (negative) or after. */
  shift(share: number): void {
    const span = this.view.peek()?.span
    if (span) this.zoomTo(shifted(span, share, this.#bounds()))
  }

  /** Shows what was shown before the last zoom. */
  back(): void {
    this.#zooms.value = this.#zooms.value.slice(0, -1)
    void this.refresh()
  }

  /** Shows the whole range again. */
  reset(): void {
    this.#zooms.value = []
    void this.refresh()
  }

  close(): void {
    this.#callOff()
    this.#asked++
  }

  /** Asks for what is shown, unless it arrives by itself. */
  async refresh(): Promise<void> {
    this.#callOff()
    const asked = ++this.#asked
    const zoom = this.#zooms.peek().at(-1)
    const nowMs = this.#nowMs()
    if (nowMs === undefined || (zoom === undefined && this.#range.peek() === 'live')) return
    const span = zoom?.span ?? { fromMs: nowMs - this.#lengthMs(), toMs: nowMs }
    if (this.#deps.isVisible()) await this.#fetch(span, asked)
    if (asked !== this.#asked || zoom) return
    const delayMs = Math.max(LEAST_REFRESH_MS, this.#lengthMs() * REFRESH_SHARE)
    this.#callOff = this.#deps.after(delayMs, () => void this.refresh())
  }

  async #fetch(span: Span, asked: number): Promise<void> {
    const { withLogin, client } = this.#deps
    const reply = await withLogin(() => client.range(span, MOST_POINTS))
    if (asked !== this.#asked) return
    if (reply.ok) this.#take(span, reply.value)
    else if (this.view.peek() === undefined) this.#problem.value = reply.message
  }

  #take(span: Span, { points, stepMs, oldestMs }: HistoryRange): void {
    this.#problem.value = undefined
    this.#oldestMs.value = oldestMs
    const view = { points, span, stepMs }
    const zooms = this.#zooms.peek()
    const zoom = zooms.at(-1)
    if (zoom === undefined) this.#fetched.value = view
    // A whole part of the live minutes is finer than a past of longer steps.
    else if (!zoom.isWhole || stepMs <= zoom.view.stepMs) {
      this.#zooms.value = [...zooms.slice(0, -1), { span, view, isWhole: true }]
    }
  }

  #liveView(): ChartView | undefined {
    const points = this.#deps.live.points.value
    const first = points[0]?.atMs
    const toMs = points.at(-1)?.atMs
    if (first === undefined || toMs === undefined) return undefined
    const fromMs = Math.max(toMs - this.#lengthMs(), Math.min(first, toMs - 60_000))
    return { points, span: { fromMs, toMs }, stepMs: LIVE_STEP_MS }
  }

  #bounds(): Span {
    const toMs = this.#nowMs() ?? 0
    const longestMs = RANGES.at(-1)?.ms ?? 0
    return { fromMs: this.#oldestMs.peek() ?? toMs - longestMs, toMs }
  }

  #lengthMs(): number {
    return RANGES.find(({ id }) => id === this.#range.peek())?.ms ?? 0
  }

  #nowMs(): number | undefined {
    return this.#deps.live.status.peek()?.atMs
  }
}
