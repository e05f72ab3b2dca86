import type { AlertFacts } from './rule.ts'

/** What is looked up now and then. Neither asks anybody that the configuration does not name. */
export type WatchOptions = Readonly<{
  clock: () => Promise<boolean | undefined>
  /** The public address as it is found now; absent where it was given and cannot change by itself. */
  address: (() => Promise<string | undefined>) | undefined
  announced: string
  onError: (err: unknown) => void
  intervalMs?: number
}>

const EVERY_MS = 300_000

/** Keeps what alerts are judged by besides the status. */
export class SurroundingsWatch {
  readonly #options: WatchOptions
  #clock: boolean | undefined
  #address: string | undefined
  #before: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: WatchOptions) {
    this.#options = options
  }

  latest(): Omit<AlertFacts, 'status'> {
    return { isClockSynchronized: this.#clock, foundAddress: this.#address }
  }

  /** Looks at once, and every five minutes until it is stopped; the start does not wait for it. */
  start(): void {
    const { onError, intervalMs = EVERY_MS } = this.#options
    const look = () => void this.look().catch(onError)
    look()
    this.#timer = setInterval(look, intervalMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Looks up what there is. Another address counts when it is found twice in a row. */
  async look(): Promise<void> {
    const { clock, address, announced } = this.#options
    this.#clock = await clock()
    if (address === undefined) return
    const found = await address()
    if (found === undefined) return
    if (found === announced || found === this.#before) this.#address = found
    this.#before = found
  }
}
