import { effect } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { SettingsDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { AdminPage } from '../../state/admin-page.ts'
import { createSettingsClient } from '../../state/settings-client.ts'
import { SettingsPage } from '../../state/settings-page.ts'
import type { ViewDeps, ViewProps } from '../../state/view-deps.ts'
import { TopBar } from '../top-bar.tsx'
import { ChangesBar } from './changes-bar.tsx'
import { Groups } from './groups.tsx'
import { RestartNotices } from './restart.tsx'
import { Versions } from './versions.tsx'

/** What is not saved stays when the reader looks at another part of the page. */
const kept = new WeakMap<AdminPage, SettingsPage>()

function settingsOf(page: AdminPage, deps: ViewDeps): SettingsPage {
  const known = kept.get(page)
  if (known !== undefined) return known
  const made = new SettingsPage({ ...deps, client: createSettingsClient(deps.fetchJson) })
  kept.set(page, made)
  const warn = (event: BeforeUnloadEvent) => event.preventDefault()
  effect(() => {
    if (made.edits.value.size > 0) addEventListener('beforeunload', warn)
    else removeEventListener('beforeunload', warn)
  })
  return made
}

/** Every option of the configuration: what it is, who set it, and the way to change it. */
export function SettingsView({ page, feed, route, deps }: ViewProps) {
  const [settings] = useState(() => settingsOf(page, deps))
  useEffect(() => {
    document.title = 'Settings – Callbox'
    settings.open()
    return () => settings.close()
  }, [settings])
  const details = settings.details.value
  const mayChange = page.role.value === 'admin'
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class="dashboard settings">
        <div class="turn-head">
          <h1>Settings</h1>
          <p class="soft prose">
            Everything that the configuration holds. What you change here is kept by this server and
            goes before its configuration file{details?.file && <FileName file={details.file} />}.
            Nothing changes before you have reviewed and saved it.
          </p>
          <Problem settings={settings} />
          <RestartNotices settings={settings} mayChange={mayChange} />
          {details && <Notices details={details} />}
        </div>
        {details ? (
          <>
            <Groups settings={settings} details={details} mayChange={mayChange} />
            <Versions settings={settings} details={details} mayChange={mayChange} />
          </>
        ) : (
          settings.problem.value === undefined && <p class="soft">One moment …</p>
        )}
      </main>
      {details && mayChange && <ChangesBar settings={settings} details={details} />}
    </>
  )
}

function FileName({ file }: Readonly<{ file: string }>) {
  return (
    <>
      {' '}
      (<code>{file}</code>)
    </>
  )
}

function Problem({ settings }: Readonly<{ settings: SettingsPage }>) {
  const problem = settings.problem.value
  return (
    <div role="status">
      {problem !== undefined && !settings.isRestarting && (
        <p class="notice warn" data-testid="settings-problem">
          <Icon name="alert" />
          <span>{problem} What you have changed here is kept.</span>
        </p>
      )}
    </div>
  )
}

function Notices({ details }: Readonly<{ details: SettingsDetails }>) {
  return (
    <>
      {details.notices.map(({ message, fix }) => (
        <div key={message} class="notice warn" data-testid="settings-notice">
          <Icon name="alert" />
          <div>
            <p>{message}</p>
            <p>{fix}</p>
          </div>
        </div>
      ))}
    </>
  )
}
