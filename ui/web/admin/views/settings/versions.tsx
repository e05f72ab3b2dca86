import { useState } from 'preact/hooks'
import type { SettingsDetails, SettingsVersion } from '#api'
import { formatCount, formatDateTime } from '../../state/format.ts'
import type { SettingsPage } from '../../state/settings-page.ts'
import { Confirm } from '../confirm.tsx'
import { Diff } from './review.tsx'

type Props = Readonly<{ settings: SettingsPage; details: SettingsDetails; mayChange: boolean }>

/** What was saved before, and the way back to it. */
export function Versions({ settings, details, mayChange }: Props) {
  const [asked, setAsked] = useState<SettingsVersion | undefined>(undefined)
  const { versions } = details
  return (
    <section class="card stack" aria-labelledby="versions-title" data-testid="versions">
      <h2 id="versions-title">Earlier versions</h2>
      {versions.length === 0 ? (
        <p class="soft">Nothing was saved on this page yet.</p>
      ) : (
        <ol class="versions">
          {versions.map((version) => (
            <li key={version.id}>
              <div class="version-head">
                <p>
                  {formatDateTime(version.atMs)}
                  {version.by === '' ? ', as it was before' : `, ${version.by}`}
                </p>
                {version.isCurrent ? (
                  <span class="badge ok">Saved now</span>
                ) : (
                  mayChange && (
                    <button type="button" class="button" onClick={() => setAsked(version)}>
                      Go back to this …
                      <span class="visually-hidden">{formatDateTime(version.atMs)}</span>
                    </button>
                  )
                )}
              </div>
              {version.changes.length > 0 && (
                <details>
                  <summary>
                    {formatCount(version.changes.length, 'change', 'changes')}:{' '}
                    {version.changes.map(({ path }) => path).join(', ')}
                  </summary>
                  <Diff changes={version.changes} />
                </details>
              )}
            </li>
          ))}
        </ol>
      )}
      {asked && (
        <Confirm
          title="Go back to these settings?"
          action="Go back"
          act={() => settings.restore(asked.id)}
          onClose={() => setAsked(undefined)}
        >
          <p>
            Everything that this page sets becomes what it was on {formatDateTime(asked.atMs)}. What
            needs a restart waits for one. The present state stays in this list.
          </p>
        </Confirm>
      )}
    </section>
  )
}
