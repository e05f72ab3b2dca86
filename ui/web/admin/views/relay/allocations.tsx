import { useState } from 'preact/hooks'
import type { TurnAllocation, TurnDetails } from '#api'
import { formatBitRate, formatBytes, formatDuration } from '../../state/format.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import { arrange, FIRST_VIEW, type SortKey, sortedBy, totalBytes } from '../../state/turn-table.ts'
import { useIsAdmin } from '../admin-only.tsx'
import { Confirm } from '../confirm.tsx'

const COLUMNS: readonly Readonly<{ key: SortKey; label: string; isNumber?: true }>[] = [
  { key: 'user', label: 'User' },
  { key: 'client', label: 'Client' },
  { key: 'transport', label: 'Over' },
  { key: 'up', label: 'From client', isNumber: true },
  { key: 'down', label: 'To client', isNumber: true },
  { key: 'total', label: 'Relayed', isNumber: true },
  { key: 'age', label: 'For', isNumber: true },
]

type Props = Readonly<{ turn: TurnPage; details: TurnDetails }>

/** Who uses the relay at present, and the way to end that. */
export function Allocations({ turn, details }: Props) {
  const [view, setView] = useState(FIRST_VIEW)
  const [ending, setEnding] = useState<TurnAllocation | undefined>(undefined)
  const all = details.allocations.length
  const { rows, found } = arrange(details.allocations, view)
  return (
    <section
      class="card stack"
      id="allocations"
      aria-labelledby="allocations-title"
      data-testid="allocations"
    >
      <div class="card-head">
        <h2 id="allocations-title">Allocations</h2>
        {all > 0 && (
          <input
            class="input filter"
            type="search"
            placeholder="Filter by user or address"
            aria-label="Filter by user or address"
            value={view.filter}
            onInput={(event) => setView({ ...view, filter: event.currentTarget.value })}
          />
        )}
      </div>
      {all === 0 ? (
        <p class="soft" data-testid="no-allocations">
          Nobody uses the relay. Clients make an allocation when they cannot reach a call directly.
        </p>
      ) : (
        <>
          <p class="soft small" role="status">
            {countWords(rows.length, found, all)} An allocation is an address here that the relay
            lends to one client.
          </p>
          <Table
            rows={rows}
            nowMs={details.atMs}
            view={view}
            onSort={(key) => setView(sortedBy(view, key))}
            onEnd={setEnding}
          />
        </>
      )}
      {ending && (
        <Confirm
          title={`Disconnect ${ending.userId}?`}
          action="Disconnect"
          isDanger
          act={() => turn.disconnect(ending.id)}
          onClose={() => setEnding(undefined)}
        >
          <p>
            The allocation of {ending.clientAddress} ends at once, and with it what it relays. The
            client may make a new one until its credentials expire. To keep it out for good, make a
            new secret below and retire the one before.
          </p>
        </Confirm>
      )}
    </section>
  )
}

function countWords(shown: number, found: number, all: number): string {
  if (found === 0) return `None of the ${all} fits the filter.`
  const which = found === all ? `${all} in all.` : `${found} of ${all} fit the filter.`
  return shown < found ? `${which} The first ${shown} are shown: filter to see others.` : which
}

type TableProps = Readonly<{
  rows: readonly TurnAllocation[]
  nowMs: number
  view: typeof FIRST_VIEW
  onSort: (key: SortKey) => void
  onEnd: (row: TurnAllocation) => void
}>

function Table({ rows, nowMs, view, onSort, onEnd }: TableProps) {
  const order = view.descending ? 'descending' : 'ascending'
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroller" aria-label="Table of allocations" tabIndex={0}>
      <table class="table allocations">
        <thead>
          <tr>
            {COLUMNS.map(({ key, label, isNumber }) => (
              <th
                key={key}
                scope="col"
                class={isNumber && 'number'}
                aria-sort={view.key === key ? order : 'none'}
              >
                <button type="button" class="sorter" onClick={() => onSort(key)}>
                  {label}
                  <span aria-hidden="true">{sortMark(view.key === key, view.descending)}</span>
                </button>
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} nowMs={nowMs} onEnd={onEnd} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function sortMark(isSorted: boolean, descending: boolean): string {
  if (!isSorted) return ''
  return descending ? ' ↓' : ' ↑'
}

type RowProps = Readonly<{
  row: TurnAllocation
  nowMs: number
  onEnd: (row: TurnAllocation) => void
}>

function Row({ row, nowMs, onEnd }: RowProps) {
  const isAdmin = useIsAdmin()
  const relayed =
    row.relayed.length === 0 ? 'gets its relay address' : `as ${row.relayed.join(', ')}`
  return (
    <tr data-testid="allocation">
      <th scope="row">
        {row.userId}
        <span class="soft small narrow-only">
          {row.clientAddress} over {row.transport.toUpperCase()}
        </span>
      </th>
      <td>
        {row.clientAddress}
        <span class="soft small relayed">{relayed}</span>
      </td>
      <td>
        <span class="badge">{row.transport.toUpperCase()}</span>
      </td>
      <td class="number">{formatBitRate(row.fromClient.bitsPerSecond)}</td>
      <td class="number">{formatBitRate(row.toClient.bitsPerSecond)}</td>
      <td class="number">{formatBytes(totalBytes(row))}</td>
      <td class="number">{formatDuration((nowMs - row.createdAtMs) / 1000)}</td>
      <td class="number">
        {isAdmin && (
          <button
            type="button"
            class="button small-button"
            aria-label={`Disconnect ${row.userId}`}
            onClick={() => onEnd(row)}
          >
            Disconnect
          </button>
        )}
      </td>
    </tr>
  )
}
