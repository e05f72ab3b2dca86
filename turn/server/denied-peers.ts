import type { TransportAddress } from '../protocol/transport-address.ts'
import type { PeerPolicy } from './peer-policy.ts'
import type { Now } from './turn-io.ts'

/** What asked for a peer: a permission, a channel, a packet from the client, a TCP connection, a packet from the peer. */
export type DeniedBy = 'permission' | 'channel' | 'send' | 'connect' | 'inbound'

/** A peer that was asked for and refused; times are unix ms, `userId` is who asked last. */
export type DeniedPeerRow = Readonly<{
  ip: string
  port: number
  reason: string
  by: DeniedBy
  userId: string
  count: number
  firstAtMs: number
  lastAtMs: number
}>

/** One refusal as it happens. */
export type Denial = Readonly<{
  peer: Pick<TransportAddress, 'ip' | 'port'>
  by: DeniedBy
  userId: string
}>

type Entry = {
  readonly denial: Denial
  readonly firstAtMs: number
  reason: string
  lastAtMs: number
  userId: string
  count: number
}

const mostEntries = 256
const mostToldAMinute = 20

/** The latest refused peers, so that an admin can see what a call wanted and why it did not get it. The oldest makes room. */
export class DeniedPeers {
  readonly #policy: PeerPolicy
  readonly #entries = new Map<string, Entry>()
  #total = 0
  #minute = -1
  #told = 0

  constructor(policy: PeerPolicy) {
    this.#policy = policy
  }

  /** Refusals since the start. */
  get total(): number {
    return this.#total
  }

  /** Notes a refusal; the reason when a log should tell of it: a peer not in the table, at most 20 a minute. */
  note(denial: Denial, nowMs: number): string | undefined {
    this.#total++
    const key = `${denial.by} ${denial.peer.ip} ${denial.peer.port}`
    const known = this.#entries.get(key)
    if (known) this.#entries.delete(key)
    const entry = known ?? this.#entryOf(denial, nowMs)
    entry.count++
    entry.lastAtMs = nowMs
    entry.userId = denial.userId
    this.#entries.set(key, entry)
    if (known) return undefined
    this.#makeRoom()
    return this.#mayTell(nowMs) ? entry.reason : undefined
  }

  /** Asks the policy again, whose rules are others now: what it allows is forgotten, what it denies has its new reason. */
  review(): void {
    for (const [key, entry] of this.#entries) {
      const { allowed, reason } = verdictOn(entry.denial, this.#policy)
      if (allowed) this.#entries.delete(key)
      else entry.reason = reason
    }
  }

  /** What is kept, newest first. */
  rows(now: Now): readonly DeniedPeerRow[] {
    const toUnixMs = (monotonicMs: number): number =>
      Math.round(now.unixSeconds * 1000 - (now.monotonicMs - monotonicMs))
    return [...this.#entries.values()].reverse().map((entry) => {
      const { denial, firstAtMs, lastAtMs, userId, count, reason } = entry
      const { peer, by } = denial
      const times = { firstAtMs: toUnixMs(firstAtMs), lastAtMs: toUnixMs(lastAtMs) }
      return { ip: peer.ip, port: peer.port, reason, by, userId, count, ...times }
    })
  }

  #entryOf(denial: Denial, nowMs: number): Entry {
    const { reason } = verdictOn(denial, this.#policy)
    const { userId } = denial
    return { denial, reason, userId, firstAtMs: nowMs, lastAtMs: nowMs, count: 0 }
  }

  #makeRoom(): void {
    if (this.#entries.size <= mostEntries) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  #mayTell(nowMs: number): boolean {
    const minute = Math.floor(nowMs / 60_000)
    if (minute !== this.#minute) this.#told = 0
    this.#minute = minute
    this.#told++
    return this.#told <= mostToldAMinute
  }
}

/** A permission is for all ports of an IP, so its port says nothing (RFC 8656 §9). */
function verdictOn({ by, peer }: Denial, policy: PeerPolicy): ReturnType<PeerPolicy['verdict']> {
  if (by === 'connect') return policy.verdictOverTcp(peer)
  return policy.verdict(by === 'permission' ? { ip: peer.ip } : peer)
}

/** Enough of a user id to find it again among others, and not who it is. */
export function shortUserId(userId: string): string {
  return userId.length <= 6 ? userId : `${userId.slice(0, 6)}…`
}
