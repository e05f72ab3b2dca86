import type { TurnAllocation } from '#api'

/** What the table of allocations can be sorted by. */
export type SortKey = 'user' | 'client' | 'transport' | 'up' | 'down' | 'total' | 'age'

/** How the table is sorted and narrowed. */
export type TableView = Readonly<{ key: SortKey; descending: boolean; filter: string }>

/** Busiest first: that is what one looks for. */
export const FIRST_VIEW: TableView = { key: 'down', descending: true, filter: '' }

/** More rows than these slow the browser and help nobody; the filter finds the rest. */
export const MAX_ROWS = 200

const VALUES: Readonly<Record<SortKey, (row: TurnAllocation) => string | number>> = {
  user: (row) => row.userId,
  client: (row) => row.clientAddress,
  transport: (row) => row.transport,
  up: (row) => row.fromClient.bitsPerSecond,
  down: (row) => row.toClient.bitsPerSecond,
  total: totalBytes,
  age: (row) => -row.createdAtMs,
}

/** What went both ways, in bytes. */
export function totalBytes({ fromClient, toClient }: TurnAllocation): number {
  return fromClient.bytes + toClient.bytes
}

/** The rows to show, and how many fit the filter in all. */
export function arrange(
  rows: readonly TurnAllocation[],
  view: TableView,
): Readonly<{ rows: readonly TurnAllocation[]; found: number }> {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean)
  const found = rows.filter((row) => {
    const text = searchText(row)
    return words.every((word) => text.includes(word))
  })
  const value = VALUES[view.key]
  const sign = view.descending ? -1 : 1
  const sorted = found.toSorted((a, b) => sign * compare(value(a), value(b)) || compare(a.id, b.id))
  return { rows: sorted.slice(0, MAX_ROWS), found: found.length }
}

/** The view after a press on a column's heading: names start upwards, amounts downwards. */
export function sortedBy(view: TableView, key: SortKey): TableView {
  if (view.key === key) return { ...view, descending: !view.descending }
  return { ...view, key, descending: !['user', 'client', 'transport'].includes(key) }
}

function searchText(row: TurnAllocation): string {
  return [row.userId, row.clientAddress, row.transport, ...row.relayed].join(' ').toLowerCase()
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}
