import type { Account } from '#api'
import type { UsersPage } from '../../state/users-page.ts'
import { Confirm } from '../confirm.tsx'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'

/** What an admin does to somebody else's account. */
export type AccountDoing = 'role' | 'password' | 'totp' | 'remove'

export type AccountDialogProps = Readonly<{
  users: UsersPage
  account: Account
  doing: AccountDoing
  onClose: () => void
}>

/** Asks before it is done, and says what comes of it. */
export function AccountDialog(props: AccountDialogProps) {
  const { users, account, doing, onClose } = props
  const { name } = account
  switch (doing) {
    case 'role':
      return <RoleDialog {...props} />
    case 'password':
      return <NewPassword {...props} />
    case 'totp':
      return (
        <Confirm
          title={`Ask ${name} for no more one-time codes?`}
          action="Stop one-time codes"
          isDanger
          act={() => users.removeTotpOf(name)}
          onClose={onClose}
        >
          <p>Until they set codes up again, the password alone opens this account.</p>
        </Confirm>
      )
    case 'remove':
      return (
        <Confirm
          title={`Remove the account ${name}?`}
          action="Remove"
          isDanger
          act={() => users.removeAccount(name)}
          onClose={onClose}
        >
          <p>They are logged out at once, and API tokens that they made end with the account.</p>
        </Confirm>
      )
  }
}

function RoleDialog({ users, account, onClose }: AccountDialogProps) {
  const { name, role } = account
  const next = role === 'admin' ? 'viewer' : 'admin'
  return (
    <Confirm
      title={`Make ${name} ${next === 'admin' ? 'an admin' : 'a viewer'}?`}
      action={next === 'admin' ? 'Make admin' : 'Make viewer'}
      isDanger={next === 'viewer'}
      act={() => users.setRole(name, next)}
      onClose={onClose}
    >
      <p>
        {next === 'admin'
          ? 'Admins change everything, see secrets and manage accounts.'
          : 'Viewers look and change nothing. API tokens that they made end.'}{' '}
        They have to log in again.
      </p>
    </Confirm>
  )
}

function NewPassword({ users, account: { name }, onClose }: AccountDialogProps) {
  const set = async (password: string) => {
    const fault = await users.setPassword(name, password)
    if (fault === undefined) onClose()
    return fault
  }
  return (
    <Dialog title={`New password for ${name}`} onClose={onClose}>
      <PasswordForm
        username={name}
        label="New password"
        help="At least 10 characters. They are logged out everywhere; tell them to change it."
        action="Set password"
        autocomplete="new-password"
        minLength={10}
        submit={set}
      />
    </Dialog>
  )
}
