import { useState } from 'preact/hooks'
import type { AccountDetails } from '#api'
import { formatCount, formatDateTime } from '../../state/format.ts'
import type { UsersPage } from '../../state/users-page.ts'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'
import { ChangePassword } from './change-password.tsx'
import { RecoveryCodes, SetUpTotp } from './totp.tsx'

export type UsersProps = Readonly<{ users: UsersPage; details: AccountDetails }>

type Doing = 'password' | 'totp' | 'codes' | 'no-totp'

/** One's own name, role, password and one-time codes. */
export function OwnAccount({ users, details }: UsersProps) {
  const [doing, setDoing] = useState<Doing | undefined>(undefined)
  const { own, recoveryCodesLeft = 0 } = details
  const close = () => {
    users.hideSecrets()
    setDoing(undefined)
  }
  return (
    <section class="card stack" aria-labelledby="own-title" data-testid="own-account">
      <div class="card-head">
        <h2 id="own-title">Your account</h2>
        <span class="badge">{own.role}</span>
      </div>
      <p>
        You are <strong>{own.name}</strong>
        {own.lastLoginAtMs !== undefined && (
          <span class="soft">, logged in last {formatDateTime(own.lastLoginAtMs)}</span>
        )}
        .
      </p>
      <p class="prose" data-testid="own-totp">
        {own.hasTotp
          ? `Log-in asks for your password and a one-time code. ${formatCount(recoveryCodesLeft, 'recovery code is', 'recovery codes are')} left.`
          : 'Log-in asks for your password only. With one-time codes of an app on your phone, a stolen password is not enough.'}
      </p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => setDoing('password')}>
          Change password …
        </button>
        {own.hasTotp ? (
          <>
            <button type="button" class="button" onClick={() => setDoing('codes')}>
              New recovery codes …
            </button>
            <button type="button" class="button" onClick={() => setDoing('no-totp')}>
              Stop one-time codes …
            </button>
          </>
        ) : (
          <button type="button" class="button" onClick={() => setDoing('totp')}>
            Use one-time codes …
          </button>
        )}
      </div>
      {doing === 'password' && <ChangePassword users={users} name={own.name} onClose={close} />}
      {doing === 'totp' && <SetUpTotp users={users} name={own.name} onClose={close} />}
      {doing === 'codes' && <RecoveryCodes users={users} name={own.name} onClose={close} />}
      {doing === 'no-totp' && <StopTotp users={users} name={own.name} onClose={close} />}
    </section>
  )
}

/** A dialog about one's own account. */
export type OwnDialogProps = Readonly<{ users: UsersPage; name: string; onClose: () => void }>

function StopTotp({ users, name, onClose }: OwnDialogProps) {
  const stop = async (password: string) => {
    const fault = await users.removeTotp(password)
    if (fault === undefined) onClose()
    return fault
  }
  return (
    <Dialog title="Stop one-time codes?" onClose={onClose}>
      <PasswordForm
        username={name}
        label="Your password"
        help="From then on the password alone opens your account. The recovery codes end too."
        action="Stop them"
        autocomplete="current-password"
        submit={stop}
      />
    </Dialog>
  )
}
