import { useState } from 'preact/hooks'
import type { SettingsDetails } from '#api'
import type { SettingsPage } from '../../state/settings-page.ts'
import { groupsOf, isAbout } from '../../state/settings-wording.ts'
import { OptionRow } from './option-row.tsx'

type Props = Readonly<{ settings: SettingsPage; details: SettingsDetails; mayChange: boolean }>

/** The options by parts, and the search among them. */
export function Groups({ settings, details, mayChange }: Props) {
  const [search, setSearch] = useState('')
  const [onlySet, setOnlySet] = useState(false)
  const edits = settings.edits.value
  const shown = details.settings.filter(
    (setting) =>
      isAbout(setting, search.trim()) &&
      (!onlySet || setting.origin !== 'default' || edits.has(setting.path)),
  )
  const groups = groupsOf(shown)
  return (
    <>
      <search class="settings-search">
        <div class="field">
          <label for="settings-search">Search</label>
          <input
            id="settings-search"
            type="search"
            class="input"
            placeholder="port, certificate, relay …"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={onlySet}
            onChange={(event) => setOnlySet(event.currentTarget.checked)}
          />
          Only what differs from the default
        </label>
        <p role="status" class="soft small">
          {shown.length} of {details.settings.length} options
        </p>
      </search>
      {groups.map(({ id, title, settings: members }) => (
        <section
          key={id}
          class="card settings-group"
          aria-labelledby={`group-${id}`}
          data-testid={`group-${id || 'addresses'}`}
        >
          <h2 id={`group-${id}`}>{title}</h2>
          {members.map((setting) => (
            <OptionRow
              key={setting.path}
              setting={setting}
              settings={settings}
              mayChange={mayChange}
            />
          ))}
        </section>
      ))}
    </>
  )
}
