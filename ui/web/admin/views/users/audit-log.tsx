import { useEffect, useState } from 'preact/hooks'
import type { AuditEntry } from '#api'
import type { AuditList } from '../../state/audit-list.ts'
import { formatDateTime } from '../../state/format.ts'

/** Who did what, and from where. */
export function AuditLog({ audit }: Readonly<{ audit: AuditList }>) {
  const [find, setFind] = useState('')
  useEffect(() => void audit.show(''), [audit])
  const view = audit.view.value
  const search = (event: Event) => {
    event.preventDefault()
    void audit.show(find.trim())
  }
  return (
    <section class="card stack" aria-labelledby="audit-title" data-testid="audit">
      <h2 id="audit-title">Audit log</h2>
      <form class="audit-search" onSubmit={search}>
        <label class="visually-hidden" for="audit-find">
          Find in the audit log
        </label>
        <input
          id="audit-find"
          type="search"
          class="input"
          maxLength={100}
          placeholder="A name, an address, a word"
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          Find
        </button>
        <button type="button" class="button" onClick={() => void audit.show(view?.find ?? '')}>
          Refresh
        </button>
      </form>
      <p role="alert" class="fault">
        {audit.problem.value}
      </p>
      {view && <Entries entries={view.entries} find={view.find} />}
      {view?.hasMore && (
        <div>
          <button type="button" class="button" onClick={() => void audit.showMore()}>
            Show older entries
          </button>
        </div>
      )}
    </section>
  )
}

type EntriesProps = Readonly<{ entries: readonly AuditEntry[]; find: string }>

function Entries({ entries, find }: EntriesProps) {
  if (entries.length === 0) {
    return (
      <p class="soft">{find === '' ? 'Nothing was done yet.' : `Nothing contains “${find}”.`}</p>
    )
  }
  return (
    <ol class="audit-list" aria-label="What was done, the latest first">
      {entries.map(({ atMs, by, address, action, text }) => (
        <li key={atMs} data-testid="audit-entry">
          <time class="soft small figures" dateTime={new Date(atMs).toISOString()}>
            {formatDateTime(atMs)}
          </time>
          <span>
            <strong>{by}</strong> {text}
          </span>
          <span class="soft small">
            {action}
            {address !== '' && `, from ${address}`}
          </span>
        </li>
      ))}
    </ol>
  )
}
