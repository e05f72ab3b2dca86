import { useState } from 'preact/hooks'
import type { SettingChange, SettingProblem, SettingsDetails, SettingsPreview } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { SettingsPage } from '../../state/settings-page.ts'
import { moveOf, savedValue } from '../../state/settings-wording.ts'
import { Dialog } from '../dialog.tsx'
import { Prose } from '../prose.tsx'
import { Move } from './restart.tsx'

type Props = Readonly<{ settings: SettingsPage; details: SettingsDetails; onClose: () => void }>

/** Before and after, and what is wrong with it; then it is saved. */
export function Review({ settings, details, onClose }: Props) {
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const preview = settings.preview.value
  const save = async (restart: boolean) => {
    if (isBusy) return
    setBusy(true)
    const wrong = await settings.save(restart)
    setBusy(false)
    if (wrong === undefined) onClose()
    else setFault(wrong)
  }
  if (preview === undefined) return null
  const canSave = preview.problems.length === 0
  return (
    <Dialog title="Review the changes" onClose={onClose}>
      <div class="stack" data-testid="review">
        {canSave ? (
          <WhatChanges preview={preview} settings={settings} details={details} />
        ) : (
          <Problems problems={preview.problems} />
        )}
        <p role="alert" class="fault">
          {fault}
        </p>
        <div class="dialog-actions">
          {canSave && <SaveButtons preview={preview} isBusy={isBusy} save={save} />}
          <button type="button" class="button plain" onClick={onClose}>
            Back
          </button>
        </div>
      </div>
    </Dialog>
  )
}

function Problems({ problems }: Readonly<{ problems: readonly SettingProblem[] }>) {
  return (
    <div class="notice bad" data-testid="review-problems">
      <Icon name="alert" />
      <div class="stack">
        <p>This cannot be saved:</p>
        <ul>
          {problems.map(({ path, message, fix }) => (
            <li key={`${path} ${message}`}>
              {path !== '' && <code>{path}</code>} <Prose text={`${message} ${fix}`} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

type WhatProps = Readonly<{
  preview: SettingsPreview
  settings: SettingsPage
  details: SettingsDetails
}>

function WhatChanges({ preview, settings, details }: WhatProps) {
  const { changes, needRestart } = preview
  const value = (path: string) => {
    const edit = settings.edits.value.get(path)
    return edit ?? savedValue(details, path)
  }
  const move = moveOf([...needRestart, ...details.pending], value, location)
  return (
    <>
      {changes.length === 0 ? (
        <p>Nothing changes in effect: these are the values already.</p>
      ) : (
        <Diff changes={changes} />
      )}
      {needRestart.length > 0 && (
        <p class="soft">
          A restart takes some seconds. Everybody in a call is told, and comes back by themselves.
          When it does not work, the server goes back to what it runs with now.
        </p>
      )}
      {move && <Move {...move} />}
    </>
  )
}

/** Option by option: before, after, and from when on. */
export function Diff({ changes }: Readonly<{ changes: readonly SettingChange[] }>) {
  return (
    <dl class="diff">
      {changes.map(({ path, before, after, live }) => (
        <div key={path}>
          <dt>
            <code>{path}</code>{' '}
            <span class="soft small">{live ? 'at once' : 'after a restart'}</span>
          </dt>
          <dd>
            <del>
              <span class="visually-hidden">before: </span>
              {before}
            </del>
            <ins>
              <span class="visually-hidden">after: </span>
              {after}
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  )
}

type SaveProps = Readonly<{
  preview: SettingsPreview
  isBusy: boolean
  save: (restart: boolean) => Promise<void>
}>

function SaveButtons({ preview, isBusy, save }: SaveProps) {
  const mustRestart = preview.needRestart.length > 0
  return (
    <>
      {mustRestart && (
        <button
          type="button"
          class="button primary"
          aria-disabled={isBusy}
          onClick={() => void save(true)}
        >
          {isBusy ? 'One moment …' : 'Save and restart'}
        </button>
      )}
      <button
        type="button"
        class={`button ${mustRestart ? '' : 'primary'}`}
        aria-disabled={isBusy}
        onClick={() => void save(false)}
      >
        {mustRestart ? 'Save, restart later' : isBusy ? 'One moment …' : 'Save'}
      </button>
    </>
  )
}
