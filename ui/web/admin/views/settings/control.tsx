import { useEffect, useState } from 'preact/hooks'
import type { SettingValue } from '#api'
import { isSame, parseTyped, textOf } from '../../state/settings-values.ts'
import type { OptionProps } from './option-row.tsx'

/** What an option's control is called in the page. */
export function idOf(path: string): string {
  return `option-${path.replaceAll('.', '-')}`
}

/** The control that fits the kind of an option. */
export function Control({ setting, settings, mayChange }: OptionProps) {
  const { path, kind, choices, value } = setting
  const edit = settings.edits.value.get(path)
  const shown = edit === undefined || edit === null ? value : edit
  const isFixed = !mayChange || setting.locked !== undefined
  const common = {
    id: idOf(path),
    'aria-describedby': `${idOf(path)}-effect ${idOf(path)}-problem`,
    'aria-invalid': settings.problemsOf(path).length > 0,
  }
  const take = (next: SettingValue) => settings.edit(setting, next)
  if (kind === 'flag') {
    return (
      <label class="check">
        <input
          {...common}
          type="checkbox"
          aria-labelledby={`${idOf(path)}-label`}
          checked={shown === true}
          disabled={isFixed}
          onChange={(event) => take(event.currentTarget.checked)}
        />
        {shown === true ? 'On' : 'Off'}
      </label>
    )
  }
  if (choices !== undefined) {
    return (
      <select
        {...common}
        class="input"
        disabled={isFixed}
        value={textOf(shown)}
        onChange={(event) => take(event.currentTarget.value)}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice} selected={choice === shown}>
            {choice}
          </option>
        ))}
      </select>
    )
  }
  return <Typed shown={shown} kind={kind} isFixed={isFixed} common={common} onValue={take} />
}

type TypedProps = Readonly<{
  shown: SettingValue | undefined
  kind: 'text' | 'number' | 'list' | 'map'
  isFixed: boolean
  common: object
  onValue: (value: SettingValue) => void
}>

/** Keeps what was typed as it was typed, as long as that stands for the value. */
function Typed({ shown, kind, isFixed, common, onValue }: TypedProps) {
  const [typed, setTyped] = useState(() => textOf(shown))
  useEffect(() => {
    if (!isSame(parseTyped(kind, typed), shown)) setTyped(textOf(shown))
  }, [shown])
  const input = (text: string) => {
    setTyped(text)
    onValue(parseTyped(kind, text))
  }
  const props = {
    ...common,
    class: `input ${kind === 'number' ? 'figures' : 'mono'}`,
    readOnly: isFixed,
    value: typed,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: false,
  } as const
  if (kind === 'text' || kind === 'number') {
    return (
      <input
        {...props}
        inputMode={kind === 'number' ? 'numeric' : 'text'}
        onInput={(event) => input(event.currentTarget.value)}
      />
    )
  }
  return (
    <textarea
      {...props}
      rows={Math.min(8, Math.max(2, typed.split('\n').length))}
      placeholder={kind === 'list' ? 'One a line' : 'name: value, one a line'}
      onInput={(event) => input(event.currentTarget.value)}
    />
  )
}
