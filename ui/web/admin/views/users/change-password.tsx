import { useState } from 'preact/hooks'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'
import type { OwnDialogProps } from './own-account.tsx'

/** Asks for the password of before, then for the new one. */
export function ChangePassword({ users, name, onClose }: OwnDialogProps) {
  const [current, setCurrent] = useState<string | undefined>(undefined)
  const [fault, setFault] = useState('')
  if (current === undefined) {
    const goOn = async (password: string) => {
      setCurrent(password)
      return undefined
    }
    return (
      <Dialog title="Change your password" onClose={onClose}>
        <div class="stack">
          <p role="alert" class="fault">
            {fault}
          </p>
          <PasswordForm
            key="current"
            username={name}
            label="Your present password"
            action="Go on"
            autocomplete="current-password"
            submit={goOn}
          />
        </div>
      </Dialog>
    )
  }
  const change = async (next: string) => {
    const wrong = await users.changePassword(current, next)
    if (wrong === undefined) {
      onClose()
      return undefined
    }
    setFault(wrong)
    setCurrent(undefined)
    return wrong
  }
  return (
    <Dialog title="Change your password" onClose={onClose}>
      <PasswordForm
        key="next"
        username={name}
        label="Your new password"
        help="At least 10 characters. You stay logged in here; every other log-in of yours ends."
        action="Change it"
        autocomplete="new-password"
        minLength={10}
        submit={change}
      />
    </Dialog>
  )
}
