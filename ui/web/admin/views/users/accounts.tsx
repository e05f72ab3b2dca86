import { useState } from 'preact/hooks'
import type { Account } from '#api'
import { formatDateTime } from '../../state/format.ts'
import type { UsersPage } from '../../state/users-page.ts'
import { AccountDialog, type AccountDoing } from './account-dialog.tsx'
import { NewAccount } from './new-account.tsx'
import type { UsersProps } from './own-account.tsx'

/** Everybody who may log in. */
export function Accounts({ users, details }: UsersProps) {
  return (
    <section class="card stack" aria-labelledby="accounts-title" data-testid="accounts">
      <h2 id="accounts-title">Accounts</h2>
      <ul class="user-list">
        {details.accounts.map((account) => (
          <AccountRow
            key={account.name}
            users={users}
            account={account}
            isOwn={account.name === details.own.name}
          />
        ))}
      </ul>
      <details>
        <summary>Add an account</summary>
        <NewAccount users={users} />
      </details>
    </section>
  )
}

type RowProps = Readonly<{ users: UsersPage; account: Account; isOwn: boolean }>

function AccountRow({ users, account, isOwn }: RowProps) {
  const [doing, setDoing] = useState<AccountDoing | undefined>(undefined)
  const { name, role, lastLoginAtMs, hasTotp } = account
  const actions: readonly (readonly [AccountDoing, string])[] = [
    ['role', role === 'admin' ? 'Make viewer …' : 'Make admin …'],
    ['password', 'New password …'],
    ...(hasTotp ? [['totp', 'Stop one-time codes …'] as const] : []),
    ['remove', 'Remove …'],
  ]
  return (
    <li data-testid="account">
      <div>
        <p>
          <strong>{name}</strong> <span class="badge">{role}</span>{' '}
          {hasTotp && <span class="badge">one-time codes</span>}{' '}
          {isOwn && <span class="soft">you</span>}
        </p>
        <p class="soft small">
          {lastLoginAtMs === undefined
            ? 'Never logged in'
            : `Logged in last ${formatDateTime(lastLoginAtMs)}`}
        </p>
      </div>
      {!isOwn && (
        <div class="dialog-actions">
          {actions.map(([id, label]) => (
            <button key={id} type="button" class="button small-button" onClick={() => setDoing(id)}>
              {label}
              <span class="visually-hidden"> for {name}</span>
            </button>
          ))}
        </div>
      )}
      {doing && (
        <AccountDialog
          users={users}
          account={account}
          doing={doing}
          onClose={() => setDoing(undefined)}
        />
      )}
    </li>
  )
}
