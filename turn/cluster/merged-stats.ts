import type { DeniedPeerRow } from '../server/denied-peers.ts'
import type { TurnEngineStats } from '../turn-engine.ts'

const mostDeniedPeers = 256

type Rejections = TurnEngineStats['rejections']

/** Adds counters up; `stats` must not be empty. `workers` stays the first one's. */
export function mergeStats(stats: readonly TurnEngineStats[]): TurnEngineStats {
  const [first] = stats
  if (!first) throw new Error('there is nothing to add up')
  const sum = stats.reduce((a, b) => addNumbers(a, b))
  return {
    ...sum,
    rejections: mergeRejections(stats.map(({ rejections }) => rejections)),
    workers: first.workers,
  }
}

/** What stays of an engine's counters when it is gone: all it counted, and nothing it had. */
export function countersLeftBehind(stats: TurnEngineStats): TurnEngineStats {
  const none = { udp: 0, tcp: 0, tls: 0 }
  return { ...stats, allocations: 0, byTransport: none, byFamily: { 4: 0, 6: 0 } }
}

/** One table of several engines' refused peers, newest first; the same refusal is one row. */
export function mergeDeniedPeers(
  tables: readonly (readonly DeniedPeerRow[])[],
): readonly DeniedPeerRow[] {
  const rows = new Map<string, DeniedPeerRow>()
  for (const row of tables.flat()) {
    const key = JSON.stringify([row.ip, row.port, row.by, row.userId, row.reason])
    const same = rows.get(key)
    rows.set(key, same ? mergeRows(same, row) : row)
  }
  return [...rows.values()].sort((a, b) => b.lastAtMs - a.lastAtMs).slice(0, mostDeniedPeers)
}

function mergeRows(a: DeniedPeerRow, b: DeniedPeerRow): DeniedPeerRow {
  return {
    ...a,
    count: a.count + b.count,
    firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
    lastAtMs: Math.max(a.lastAtMs, b.lastAtMs),
  }
}

function mergeRejections(tables: readonly Rejections[]): Rejections {
  const rows = new Map<string, Rejections[number]>()
  for (const row of tables.flat()) {
    const key = `${row.code} ${row.why}`
    rows.set(key, { ...row, count: row.count + (rows.get(key)?.count ?? 0) })
  }
  return [...rows.values()]
}

/** Adds the numbers of two trees of the same kind; a branch only one has is kept. Lists are the caller's affair. */
function addNumbers<T extends object>(a: T, b: T): T {
  const sum = new Map<string, unknown>(Object.entries(a))
  for (const [name, theirs] of Object.entries(b)) {
    const ours = sum.get(name)
    if (typeof ours === 'number' && typeof theirs === 'number') sum.set(name, ours + theirs)
    else if (isTree(ours) && isTree(theirs)) sum.set(name, addNumbers(ours, theirs))
    else if (ours === undefined) sum.set(name, theirs)
  }
  return Object.fromEntries(sum) as T
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
