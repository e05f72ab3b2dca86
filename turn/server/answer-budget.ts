import { hash } from 'node:crypto'
import { parseIp } from '../protocol/ip-address.ts'
import type { FiveTuple } from '../protocol/transport-address.ts'
import type { RandomSource } from './turn-io.ts'

const slots = 65_536

/** A place that a source has in every budget; sources that fall on one place share it. */
export type SourceSlot = number

/**
 * Tells sources (an IPv4 address, an IPv6 /64) apart; a secret decides which share a slot, so it cannot be aimed. What
 * comes in datagrams, where anybody can write any address, is another source than what comes on streams.
 */
export class SourceSlots {
  readonly #secret: Uint8Array

  constructor(random: RandomSource) {
    this.#secret = random.bytes(16)
  }

  /** The slot of a source, or of one thing about it. */
  of({ transport, client }: FiveTuple, about = ''): SourceSlot {
    const bytes = parseIp(client.ip) ?? new Uint8Array(0)
    const source = bytes.length === 16 ? bytes.subarray(0, 8) : bytes
    const kind = Buffer.from(`${transport === 'udp' ? 'datagrams' : 'streams'} ${about}`)
    return hash('sha256', Buffer.concat([this.#secret, source, kind]), 'buffer').readUInt16BE()
  }
}

/** A token bucket for each source in a table that never grows: how often it may have something before it proved anything. */
export class AnswerBudget {
  readonly #perSecond: number
  readonly #burst: number
  readonly #spent = new Float64Array(slots)
  readonly #updatedMs = new Float64Array(slots)

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** Takes one from the source's budget; false when it is used up. */
  take(slot: SourceSlot, nowMs: number): boolean {
    const spent = this.#spentAt(slot, nowMs)
    const enough = spent + 1 <= this.#burst
    this.#updatedMs[slot] = nowMs
    this.#spent[slot] = enough ? spent + 1 : spent
    return enough
  }

  /** Whether the source has one left, without taking it. */
  has(slot: SourceSlot, nowMs: number): boolean {
    return this.#spentAt(slot, nowMs) + 1 <= this.#burst
  }

  #spentAt(slot: SourceSlot, nowMs: number): number {
    const elapsedMs = nowMs - (this.#updatedMs[slot] ?? 0)
    return Math.max(0, (this.#spent[slot] ?? 0) - (elapsedMs * this.#perSecond) / 1000)
  }
}
