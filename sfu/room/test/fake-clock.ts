import type { Clock } from '../ambient.ts'

/** A clock that stands until it is moved. */
export class FakeClock implements Clock {
  #nowMs: number
  #timers: { dueMs: number; task: () => void }[] = []

  constructor(nowMs = 1_000_000) {
    this.#nowMs = nowMs
  }

  /** Tasks that wait for their time. */
  get waiting(): number {
    return this.#timers.length
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Moves on, runs what falls due in its order, and lets what that began come to rest. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      this.#nowMs = next.dueMs
      this.#timers = this.#timers.filter((other) => other !== next)
      next.task()
      await settled()
    }
    this.#nowMs = endMs
    await settled()
  }

  #next(endMs: number) {
    return this.#timers.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
  }
}

/** Resolves when all promises that can settle without I/O have. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
