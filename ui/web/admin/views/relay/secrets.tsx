import { useState } from 'preact/hooks'
import type { PreviousTurnSecret, TurnDetails } from '#api'
import { formatDateTime } from '../../state/format.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import { AdminOnly, useIsAdmin } from '../admin-only.tsx'
import { Confirm } from '../confirm.tsx'
import { CopyButton } from '../copy-button.tsx'
import { RevealButton } from './reveal.tsx'

type Props = Readonly<{ turn: TurnPage; details: TurnDetails }>

/** What chat servers make credentials with: seen, made anew and retired here. */
export function Secrets({ turn, details }: Props) {
  const [isRotating, setRotating] = useState(false)
  const [retiring, setRetiring] = useState<PreviousTurnSecret | undefined>(undefined)
  const { current, previous, origin } = details.secrets
  const secret = turn.secret.value
  return (
    <section class="card stack" id="secrets" aria-labelledby="secrets-title" data-testid="secrets">
      <h2 id="secrets-title">Secrets</h2>
      <p class="prose">
        Chat servers and this server share a secret; from it they make credentials that hold for a
        while. Whoever has it can use the relay.
      </p>
      <div class="secret-line">
        <span>
          In use: <code>{secret?.secret ?? current.hint}</code>
          {origin === 'config' && <span class="soft"> from the configuration file</span>}
        </span>
        {secret && <CopyButton text={secret.secret} label="Copy secret" />}
        <AdminOnly>
          <span class="dialog-actions">
            <RevealButton turn={turn} />
            {origin === 'generated' && (
              <button type="button" class="button" onClick={() => setRotating(true)}>
                Make a new secret …
              </button>
            )}
          </span>
        </AdminOnly>
      </div>
      {origin === 'config' && (
        <p class="soft small prose">
          To change it, move the value of turn.static_auth_secret to turn.previous_secrets in the
          configuration file, write a new one in its place and reload. Nobody is cut off.
        </p>
      )}
      {previous.length > 0 && <Previous previous={previous} onRetire={setRetiring} />}
      {isRotating && <Rotation turn={turn} onClose={() => setRotating(false)} />}
      {retiring && (
        <Confirm
          title={`Retire the secret ${retiring.hint}?`}
          action="Retire"
          isDanger
          act={() => turn.retireSecret(retiring.id)}
          onClose={() => setRetiring(undefined)}
        >
          <p>
            Chat servers that still have it can no longer send anyone to the relay. Calls that run
            go on until they end. This cannot be undone.
          </p>
        </Confirm>
      )}
    </section>
  )
}

function Rotation({ turn, onClose }: Readonly<{ turn: TurnPage; onClose: () => void }>) {
  return (
    <Confirm
      title="Make a new secret?"
      action="Make a new secret"
      act={() => turn.rotateSecret()}
      onClose={onClose}
    >
      <ol class="steps">
        <li>This server uses the new secret at once. You see it when this dialog closes.</li>
        <li>The one before goes on working, so nobody is cut off.</li>
        <li>
          Give the new one to each chat server: the texts of the page Connect have it in them.
        </li>
        <li>When all have it, retire the one before.</li>
      </ol>
    </Confirm>
  )
}

type PreviousProps = Readonly<{
  previous: readonly PreviousTurnSecret[]
  onRetire: (secret: PreviousTurnSecret) => void
}>

function Previous({ previous, onRetire }: PreviousProps) {
  const isAdmin = useIsAdmin()
  return (
    <table class="table">
      <caption>Previous secrets, still accepted</caption>
      <tbody>
        {previous.map((secret) => (
          <tr key={secret.id} data-testid="previous-secret">
            <th scope="row">
              <code>{secret.hint}</code>
            </th>
            <td class="soft">
              {secret.retiredAtMs === undefined
                ? 'from the configuration file'
                : `in use until ${formatDateTime(secret.retiredAtMs)}`}
            </td>
            <td class="number">
              {secret.origin === 'config' ? (
                <span class="soft small">Take it out of turn.previous_secrets and reload.</span>
              ) : (
                isAdmin && (
                  <button
                    type="button"
                    class="button small-button"
                    aria-label={`Retire ${secret.hint}`}
                    onClick={() => onRetire(secret)}
                  >
                    Retire
                  </button>
                )
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
