import { useRef, useState } from 'preact/hooks'
import { Icon } from '../../../shared/icons.tsx'
import type { UsersPage } from '../../state/users-page.ts'
import { RoleField, roleOf } from './role-field.tsx'

/** Asks for what a new account takes. */
export function NewAccount({ users }: Readonly<{ users: UsersPage }>) {
  const form = useRef<HTMLFormElement>(null)
  const [fault, setFault] = useState('')
  const [made, setMade] = useState('')
  const [isBusy, setBusy] = useState(false)
  const send = async (event: Event) => {
    event.preventDefault()
    if (isBusy || form.current === null) return
    const data = new FormData(form.current)
    const name = String(data.get('name') ?? '').trim()
    setBusy(true)
    const password = String(data.get('password') ?? '')
    const wrong = await users.addAccount({ name, role: roleOf(data), password })
    setBusy(false)
    setFault(wrong ?? '')
    setMade(wrong === undefined ? name : '')
    if (wrong === undefined) form.current?.reset()
  }
  return (
    <form ref={form} class="stack form-part" onSubmit={(event) => void send(event)} noValidate>
      <div class="field">
        <label for="new-name">Name</label>
        <input
          id="new-name"
          name="name"
          class="input"
          maxLength={32}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
        <p class="help">Letters a to z, digits, dots, hyphens and underscores.</p>
      </div>
      <RoleField id="new-role" />
      <div class="field">
        <label for="new-password">First password</label>
        <input
          id="new-password"
          name="password"
          type="password"
          class="input"
          autocomplete="new-password"
          required
        />
        <p class="help">At least 10 characters. Give it to them, and ask them to change it.</p>
      </div>
      <div role="alert">
        {fault !== '' && (
          <p class="notice bad">
            <Icon name="alert" />
            <span>{fault}</span>
          </p>
        )}
      </div>
      <p role="status" class="soft">
        {made !== '' && `${made} can log in now.`}
      </p>
      <div>
        <button type="submit" class="button primary" aria-disabled={isBusy}>
          {isBusy ? 'One moment …' : 'Add the account'}
        </button>
      </div>
    </form>
  )
}
