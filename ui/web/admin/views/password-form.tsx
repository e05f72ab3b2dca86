import { useRef, useState } from 'preact/hooks'
import { Icon } from '../../shared/icons.tsx'

/** `submit` answers what is wrong, `undefined` when it went well. */
export type PasswordFormProps = Readonly<{
  label: string
  help?: string
  action: string
  autocomplete: 'new-password' | 'current-password'
  minLength?: number
  /** Whose password it is, for the browser's keeper of passwords. */
  username?: string
  /** Label of a field for the name; without it the name is not asked for. */
  nameLabel?: string
  submit: (password: string, name: string) => Promise<string | undefined>
}>

/** One password field that can be made readable, where wanted one for the name, and one button. */
export function PasswordForm(props: PasswordFormProps) {
  const field = useRef<HTMLInputElement>(null)
  const name = useRef<HTMLInputElement>(null)
  const { username = 'admin', nameLabel } = props
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)

  const send = async (event: Event) => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    const password = field.current?.value ?? ''
    const wrong =
      lengthFault(password, props.minLength) ??
      (await props.submit(password, name.current?.value ?? username))
    setBusy(false)
    setFault(wrong ?? '')
    if (wrong !== undefined) field.current?.focus()
  }

  const show = (isReadable: boolean) => {
    if (field.current) field.current.type = isReadable ? 'text' : 'password'
  }

  return (
    <form class="gate-form" onSubmit={(event) => void send(event)} noValidate>
      {nameLabel === undefined ? (
        <input
          class="visually-hidden"
          type="text"
          autocomplete="username"
          value={username}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
      ) : (
        <div class="field">
          <label for="account-name">{nameLabel}</label>
          <input
            ref={name}
            id="account-name"
            class="input"
            defaultValue={username}
            maxLength={32}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        </div>
      )}
      <div class="field">
        <label for="password">{props.label}</label>
        <input
          ref={field}
          id="password"
          class="input"
          type="password"
          autocomplete={props.autocomplete}
          aria-invalid={fault !== ''}
          aria-describedby="password-help password-fault"
          required
        />
        <p id="password-help" class="help">
          {props.help}
        </p>
      </div>
      <label class="check">
        <input type="checkbox" onChange={(event) => show(event.currentTarget.checked)} />
        Show the password
      </label>
      <div id="password-fault" role="alert">
        {fault !== '' && (
          <p class="notice bad">
            <Icon name="alert" />
            <span>{fault}</span>
          </p>
        )}
      </div>
      <button type="submit" class="button primary" aria-disabled={isBusy}>
        {isBusy ? 'One moment …' : props.action}
      </button>
    </form>
  )
}

function lengthFault(password: string, minLength = 1): string | undefined {
  if (password === '') return 'Type the password.'
  const length = [...password].length
  return length < minLength
    ? `The password needs at least ${minLength} characters; this one has ${length}.`
    : undefined
}
