import { useState } from 'preact/hooks'
import { emptyOf, parseTyped, textOf } from '../../state/settings-values.ts'
import { idOf } from './control.tsx'
import type { OptionProps } from './option-row.tsx'

const HINTS: Readonly<Record<string, string>> = {
  list: 'One a line. It replaces all of them.',
  map: 'name: secret, one a line. It replaces all of them.',
}

/** Sets, replaces or clears a secret, and never shows it. */
export function SecretControl({ setting, settings, mayChange }: OptionProps) {
  const { path, kind, isSet } = setting
  const edit = settings.edits.value.get(path)
  const [isOpen, setOpen] = useState(false)
  const id = idOf(path)
  const isClearing = edit !== undefined && textOf(edit ?? undefined) === '' && edit !== null
  const isFixed = !mayChange || setting.locked !== undefined
  const isTyping = isOpen && !isFixed && edit !== null && !isClearing
  return (
    <div class="stack">
      <p>{secretWords(isSet === true, edit !== undefined && edit !== null, isClearing)}</p>
      {isTyping && (
        <SecretField
          id={id}
          label={`New value of ${path}`}
          isLong={kind === 'list' || kind === 'map'}
          hint={HINTS[kind] ?? ''}
          isInvalid={settings.problemsOf(path).length > 0}
          onText={(text) =>
            text.trim() === ''
              ? settings.forget(path)
              : settings.edit(setting, parseTyped(kind, text))
          }
        />
      )}
      {!isFixed && !isTyping && (
        <div class="option-actions">
          <button
            type="button"
            class="button"
            onClick={() => {
              settings.forget(path)
              setOpen(true)
            }}
          >
            {isSet ? 'Replace' : 'Set'}
            <span class="visually-hidden"> {path}</span> …
          </button>
          {isSet && !isClearing && (
            <button
              type="button"
              class="button plain"
              onClick={() => settings.edit(setting, emptyOf(kind))}
            >
              Clear<span class="visually-hidden"> {path}</span>
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function secretWords(isSet: boolean, isEdited: boolean, isClearing: boolean): string {
  if (isClearing) return 'It will be cleared.'
  if (isEdited) return isSet ? 'It will be replaced.' : 'It will be set.'
  return isSet ? 'Set. It is not shown.' : 'Not set.'
}

type FieldProps = Readonly<{
  id: string
  label: string
  isLong: boolean
  hint: string
  isInvalid: boolean
  onText: (text: string) => void
}>

function SecretField({ id, label, isLong, hint, isInvalid, onText }: FieldProps) {
  const common = {
    id,
    class: 'input mono',
    'aria-label': label,
    'aria-describedby': `${id}-effect ${id}-problem`,
    'aria-invalid': isInvalid,
    autocapitalize: 'none',
    spellcheck: false,
  } as const
  return (
    <>
      {isLong ? (
        <textarea
          {...common}
          rows={3}
          autocomplete="off"
          onInput={(event) => onText(event.currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          type="password"
          autocomplete="new-password"
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
      {hint !== '' && <p class="soft small">{hint}</p>}
    </>
  )
}
