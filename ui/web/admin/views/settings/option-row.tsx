import type { Setting } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { SettingsPage } from '../../state/settings-page.ts'
import { labelOf, originWords } from '../../state/settings-wording.ts'
import { Prose } from '../prose.tsx'
import { Control, idOf } from './control.tsx'
import { SecretControl } from './secret-control.tsx'

export type OptionProps = Readonly<{
  setting: Setting
  settings: SettingsPage
  mayChange: boolean
}>

/** One option: what it does, what it is, who set it, and the control that changes it. */
export function OptionRow(props: OptionProps) {
  const { setting, settings } = props
  const { path, effect, byDefault, unit, mattermost } = setting
  const isEdited = settings.edits.value.has(path)
  const id = idOf(path)
  return (
    <div class={`option ${isEdited ? 'is-edited' : ''}`} data-testid={`option-${path}`}>
      <div class="option-words">
        <p class="option-name">
          {setting.kind === 'flag' || setting.secret ? (
            <span id={`${id}-label`}>{labelOf(path)}</span>
          ) : (
            <label for={id} id={`${id}-label`}>
              {labelOf(path)}
            </label>
          )}{' '}
          <code class="soft">{path}</code>
        </p>
        <p id={`${id}-effect`} class="small">
          <Prose text={effect} />
        </p>
        <p class="soft small">
          Takes <Prose text={setting.accepts} />
          {unit === undefined ? '' : `; ${unit}`}. Default: <Prose text={byDefault || 'empty'} />.
          {mattermost !== undefined && ` In Mattermost: ${mattermost}.`}
        </p>
        <Badges setting={setting} isEdited={isEdited} />
      </div>
      <div class="option-control">
        {setting.secret ? (
          <SecretControl key={settings.beginnings.value} {...props} />
        ) : (
          <Control {...props} />
        )}
        <Below {...props} />
      </div>
    </div>
  )
}

type BadgesProps = Readonly<{ setting: Setting; isEdited: boolean }>

function Badges({ setting, isEdited }: BadgesProps) {
  const { origin, live, pending, locked } = setting
  return (
    <p class="option-badges">
      <span class="badge">{originWords(origin)}</span>
      {locked === undefined && (
        <span class="badge">{live ? 'In effect at once' : 'Needs a restart'}</span>
      )}
      {pending && (
        <span class="badge warn">
          <Icon name="refresh" size={13} /> Saved, waits for a restart
        </span>
      )}
      {isEdited && (
        <span class="badge warn">
          <Icon name="alert" size={13} /> Not saved
        </span>
      )}
    </p>
  )
}

/** What is wrong with it, why it is locked, and the ways back. */
function Below({ setting, settings, mayChange }: OptionProps) {
  const { path, locked, origin } = setting
  const edit = settings.edits.value.get(path)
  const problems = settings.problemsOf(path)
  return (
    <>
      {locked !== undefined && (
        <p class="soft small">
          <Prose text={locked} />
        </p>
      )}
      {edit === null && (
        <p class="small">Goes back to what the configuration file says, or to the default.</p>
      )}
      <div role="alert" id={`${idOf(path)}-problem`}>
        {problems.map(({ message, fix }) => (
          <p key={message} class="fault">
            <Prose text={`${message} ${fix}`} />
          </p>
        ))}
      </div>
      {mayChange && locked === undefined && (edit !== undefined || origin === 'page') && (
        <div class="option-actions">
          {edit !== undefined && (
            <button type="button" class="button plain" onClick={() => settings.undo(path)}>
              Undo<span class="visually-hidden"> the change of {path}</span>
            </button>
          )}
          {origin === 'page' && edit !== null && (
            <button type="button" class="button plain" onClick={() => settings.edit(setting, null)}>
              No longer set it here<span class="visually-hidden">: {path}</span>
            </button>
          )}
        </div>
      )}
    </>
  )
}
