import { createHmac } from 'node:crypto'
import { parseIp } from '../protocol/ip-address.ts'
import type { RandomSource } from './turn-io.ts'

const slots = 65_536

/**
 * How many answers a source gets before it has proved anything: a token bucket per IPv4 address or IPv6 /64 in a table
 * that never grows. Sources that fall on one slot share it; a secret decides which do, so it cannot be aimed.
 */
export class AnswerBudget {
  readonly #perSecond: number
  readonly #burst: number
  readonly #secret: Uint8Array
  readonly #spent = new Float64Array(slots)
  readonly #updatedMs = new Float64Array(slots)

  constructor(perSecond: number, burst: number, random: RandomSource) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#secret = random.bytes(16)
  }

  /** Takes one answer from the source's budget; false when it is used up. */
  take(ip: string, nowMs: number): boolean {
    const slot = this.#slotOf(ip)
    const spent = this.#spentAt(slot, nowMs)
    const enough = spent + 1 <= this.#burst
    this.#updatedMs[slot] = nowMs
    this.#spent[slot] = enough ? spent + 1 : spent
    return enough
  }

  /** Whether the source has an answer left, without taking it. */
  has(ip: string, nowMs: number): boolean {
    return this.#spentAt(this.#slotOf(ip), nowMs) + 1 <= this.#burst
  }

  #spentAt(slot: number, nowMs: number): number {
    const elapsedMs = nowMs - (this.#updatedMs[slot] ?? 0)
    return Math.max(0, (this.#spent[slot] ?? 0) - (elapsedMs * this.#perSecond) / 1000)
  }

  #slotOf(ip: string): number {
    const bytes = parseIp(ip) ?? new Uint8Array(0)
    const source = bytes.length === 16 ? bytes.subarray(0, 8) : bytes
    return createHmac('sha256', this.#secret).update(source).digest().readUInt16BE()
  }
}
