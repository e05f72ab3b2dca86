import type { CallDetails, CallMember } from '#api'
import { findTroubles, memberKey, type Trouble, type TroubleKind } from './troubles.ts'

/** How long a trouble lasts until it is told, and is over until it is told no more. */
const TELL_AFTER_MS = 8000
const FORGET_AFTER_MS = 20_000

/** More than all people of a large server have at once. */
const MAX_KEPT = 20_000

type Kept = { trouble: Trouble; sinceMs: number; seenMs: number; isTold: boolean; worst: number }

/**
 * What troubles people, without what comes and goes within seconds: words about somebody appear
 * late and go late, and a figure only rises while they stand. Time is the calls' own.
 */
export class SteadyTroubles {
  readonly #kept = new Map<string, Kept>()

  /** Takes in how calls are now and lists what to tell. */
  refresh(calls: readonly CallDetails[], atMs: number): readonly Trouble[] {
    const holds = (kind: TroubleKind, member: CallMember) => this.#kept.has(keyOf(kind, member))
    for (const trouble of findTroubles(calls, holds)) this.#see(trouble, atMs)
    const present = membersOf(calls)
    const told: Trouble[] = []
    for (const [key, kept] of this.#kept) {
      const { trouble, seenMs } = kept
      const isOver = !kept.isTold && seenMs !== atMs
      const isGone = !present.has(memberKey(trouble.member))
      if (isOver || isGone || atMs - seenMs >= FORGET_AFTER_MS || seenMs > atMs) {
        this.#kept.delete(key)
      } else if (kept.isTold) {
        told.push({ ...trouble, measured: kept.worst })
      }
    }
    return told
  }

  #see(trouble: Trouble, atMs: number): void {
    const key = keyOf(trouble.kind, trouble.member)
    const kept = this.#kept.get(key)
    if (kept === undefined) {
      if (this.#kept.size >= MAX_KEPT) return
      this.#kept.set(key, {
        trouble,
        sinceMs: atMs,
        seenMs: atMs,
        isTold: false,
        worst: trouble.measured,
      })
      return
    }
    kept.trouble = trouble
    kept.seenMs = atMs
    kept.worst = Math.max(kept.worst, trouble.measured)
    kept.isTold ||= atMs - kept.sinceMs >= TELL_AFTER_MS
  }
}

function keyOf(kind: TroubleKind, member: CallMember): string {
  return `${kind} ${memberKey(member)}`
}

function membersOf(calls: readonly CallDetails[]): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const { name: room, participants, endedAtMs } of calls) {
    if (endedAtMs !== undefined) continue
    for (const { identity, name } of participants) keys.add(memberKey({ room, identity, name }))
  }
  return keys
}
