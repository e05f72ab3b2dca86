import { useRef, useState } from 'preact/hooks'
import type { ApiToken } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { formatDateTime } from '../../state/format.ts'
import type { UsersPage } from '../../state/users-page.ts'
import { Confirm } from '../confirm.tsx'
import { CopyButton } from '../copy-button.tsx'
import type { UsersProps } from './own-account.tsx'
import { RoleField, roleOf } from './role-field.tsx'

/** Tokens for scripts and for monitoring. */
export function Tokens({ users, details }: UsersProps) {
  const [revoking, setRevoking] = useState<ApiToken | undefined>(undefined)
  const token = users.token.value
  return (
    <section class="card stack" aria-labelledby="tokens-title" data-testid="tokens">
      <h2 id="tokens-title">API tokens</h2>
      <p class="soft small prose">
        For scripts: they send one as <code>Authorization: Bearer …</code>. A viewer’s token reads,
        an admin’s changes everything.
      </p>
      <div role="status">
        {token !== undefined && (
          <div class="notice ok" data-testid="made-token">
            <Icon name="check" />
            <div class="stack">
              <p>
                Copy the token now; it is not shown again. <code>{token}</code>
              </p>
              <div class="dialog-actions">
                <CopyButton text={token} label="Copy token" isPrimary />
                <button type="button" class="button" onClick={() => users.hideToken()}>
                  Hide it
                </button>
              </div>
            </div>
          </div>
        )}
      </div>
      <ul class="user-list">
        {details.tokens.map((each) => (
          <TokenRow key={each.id} token={each} onRevoke={() => setRevoking(each)} />
        ))}
      </ul>
      <details>
        <summary>Make a token</summary>
        <NewToken users={users} />
      </details>
      {revoking && (
        <Confirm
          title={`Revoke the token ${revoking.name}?`}
          action="Revoke"
          isDanger
          act={() => users.revokeToken(revoking.id)}
          onClose={() => setRevoking(undefined)}
        >
          <p>Scripts that have it are refused from then on. This cannot be undone.</p>
        </Confirm>
      )}
    </section>
  )
}

type RowProps = Readonly<{ token: ApiToken; onRevoke: () => void }>

function TokenRow({ token, onRevoke }: RowProps) {
  const { name, role, isBuiltIn, lastUsedAtMs, expiresAtMs, createdBy, createdAtMs } = token
  const used = lastUsedAtMs === undefined ? 'not used yet' : `used ${formatDateTime(lastUsedAtMs)}`
  const until = expiresAtMs === undefined ? 'no end' : `ends ${formatDateTime(expiresAtMs)}`
  return (
    <li data-testid="token">
      <div>
        <p>
          <strong>{name}</strong> <span class="badge">{role}</span>
        </p>
        <p class="soft small">
          {isBuiltIn
            ? `adminApiToken of secrets.json, ${used} since the start`
            : `Made by ${createdBy} ${formatDateTime(createdAtMs)}, ${until}, ${used}`}
        </p>
      </div>
      {!isBuiltIn && (
        <button
          type="button"
          class="button small-button"
          aria-label={`Revoke ${name}`}
          onClick={onRevoke}
        >
          Revoke …
        </button>
      )}
    </li>
  )
}

const ENDS = [
  ['30', 'After 30 days'],
  ['90', 'After 90 days'],
  ['365', 'After a year'],
  ['', 'When it is revoked'],
] as const

function NewToken({ users }: Readonly<{ users: UsersPage }>) {
  const form = useRef<HTMLFormElement>(null)
  const [fault, setFault] = useState('')
  const send = async (event: Event) => {
    event.preventDefault()
    if (form.current === null) return
    const data = new FormData(form.current)
    const days = Number(data.get('days') ?? 0)
    const wrong = await users.createToken({
      name: String(data.get('name') ?? '').trim(),
      role: roleOf(data),
      days: days > 0 ? days : null,
    })
    setFault(wrong ?? '')
    if (wrong === undefined) form.current?.reset()
  }
  return (
    <form ref={form} class="stack form-part" onSubmit={(event) => void send(event)} noValidate>
      <div class="field">
        <label for="token-name">What it is for</label>
        <input
          id="token-name"
          name="name"
          class="input"
          maxLength={32}
          placeholder="grafana"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
      </div>
      <RoleField id="token-role" />
      <div class="field">
        <label for="token-days">Ends</label>
        <select id="token-days" name="days" class="input">
          {ENDS.map(([days, words]) => (
            <option key={days} value={days} selected={days === '90'}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <div>
        <button type="submit" class="button primary">
          Make the token
        </button>
      </div>
    </form>
  )
}
