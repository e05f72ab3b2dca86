import { useState } from 'preact/hooks'
import type { ConnectDetails, LivekitKey } from '#api'
import type { ConnectPage } from '../../state/connect-page.ts'
import { formatDateTime } from '../../state/format.ts'
import type { Route } from '../../state/route.ts'
import { AdminOnly, useIsAdmin } from '../admin-only.tsx'
import { Confirm } from '../confirm.tsx'
import { CopyButton } from '../copy-button.tsx'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'
import { SectionLink } from '../section-link.tsx'

type Props = Readonly<{ connect: ConnectPage; details: ConnectDetails; route: Route }>
type Asking = Readonly<{ about: 'reveal' | 'retire' | 'rotate'; key: string }>

/** The keys by which chat servers sign tokens: seen, made anew and retired here. */
export function LivekitKeys({ connect, details: { keys }, route }: Props) {
  const [asking, setAsking] = useState<Asking | undefined>(undefined)
  const isOurs = keys.every(({ origin }) => origin === 'generated')
  return (
    <section class="card stack" aria-labelledby="keys-title" data-testid="livekit-keys">
      <div class="card-head">
        <h2 id="keys-title">LiveKit keys</h2>
        {isOurs && (
          <AdminOnly>
            <button
              type="button"
              class="button"
              onClick={() => setAsking({ about: 'rotate', key: '' })}
            >
              Make a new key …
            </button>
          </AdminOnly>
        )}
      </div>
      <p class="prose">
        Whoever has a key and its secret can let people into calls. The secret that the relay shares
        with chat servers is another one, on the page{' '}
        <SectionLink route={route} to="turn" class="link">
          TURN
        </SectionLink>
        .
      </p>
      {!isOurs && (
        <p class="soft small prose">
          The configuration sets livekit.keys; the first signs this server’s own tokens. To change
          one, add another there, restart, and take the old one out when no chat server uses it.
        </p>
      )}
      <ul class="livekit-keys">
        {keys.map((key) => (
          <Key key={key.key} row={key} connect={connect} onAsk={setAsking} />
        ))}
      </ul>
      {asking && (
        <Question asking={asking} connect={connect} onClose={() => setAsking(undefined)} />
      )}
    </section>
  )
}

type KeyProps = Readonly<{
  row: LivekitKey
  connect: ConnectPage
  onAsk: (asking: Asking) => void
}>

function Key({ row, connect, onAsk }: KeyProps) {
  const { key, hint, origin, retiredAtMs } = row
  const isAdmin = useIsAdmin()
  const shown = connect.secret.value
  const secret = shown?.key === key ? shown.secret : undefined
  return (
    <li data-testid="livekit-key">
      <div>
        <code>{key}</code> <span class="soft">secret</span> <code>{secret ?? hint}</code>
        <p class="soft small">{stateOf(origin, retiredAtMs)}</p>
      </div>
      {isAdmin && <KeyButtons row={row} connect={connect} onAsk={onAsk} secret={secret} />}
    </li>
  )
}

type KeyButtonsProps = KeyProps & Readonly<{ secret: string | undefined }>

/** A viewer does not get these. */
function KeyButtons({ row: { key, retiredAtMs }, connect, onAsk, secret }: KeyButtonsProps) {
  return (
    <div class="copy-line">
      {secret === undefined ? (
        <button
          type="button"
          class="button small-button"
          aria-label={`Reveal the secret of ${key}`}
          onClick={() => onAsk({ about: 'reveal', key })}
        >
          Reveal …
        </button>
      ) : (
        <>
          <CopyButton text={secret} label="Copy secret" of={key} />
          <button type="button" class="button" onClick={() => connect.hideSecret()}>
            Hide
          </button>
        </>
      )}
      {retiredAtMs !== undefined && (
        <button
          type="button"
          class="button small-button"
          aria-label={`Retire ${key}`}
          onClick={() => onAsk({ about: 'retire', key })}
        >
          Retire
        </button>
      )}
    </div>
  )
}

function stateOf(origin: LivekitKey['origin'], retiredAtMs: number | undefined): string {
  if (origin === 'config') return 'From the configuration file.'
  if (retiredAtMs === undefined) return 'In use: it signs this server’s own tokens.'
  return `In use until ${formatDateTime(retiredAtMs)}; still accepted.`
}

type QuestionProps = Readonly<{ asking: Asking; connect: ConnectPage; onClose: () => void }>

function Question({ asking: { about, key }, connect, onClose }: QuestionProps) {
  if (about === 'reveal') {
    const submit = async (password: string) => {
      const fault = await connect.revealKey(key, password)
      if (fault === undefined) onClose()
      return fault
    }
    return (
      <Dialog title="Reveal the secret" onClose={onClose}>
        <PasswordForm
          label="Your password"
          help="Asked again, because whoever sees the secret can let people into calls."
          action="Reveal"
          autocomplete="current-password"
          submit={submit}
        />
      </Dialog>
    )
  }
  if (about === 'retire') {
    return (
      <Confirm
        title={`Retire ${key}?`}
        action="Retire"
        isDanger
        act={() => connect.retireKey(key)}
        onClose={onClose}
      >
        <p>
          Chat servers that still have it can no longer send anyone into calls, and join links made
          with it end. Calls that run go on. This cannot be undone.
        </p>
      </Confirm>
    )
  }
  return (
    <Confirm
      title="Make a new key?"
      action="Make a new key"
      act={() => connect.rotateKey()}
      onClose={onClose}
    >
      <ol class="steps">
        <li>This server signs with the new key at once. You see it when this dialog closes.</li>
        <li>Tokens and links of the one before stay good, so nobody is cut off.</li>
        <li>Give the new key and its secret to each chat server.</li>
        <li>When all have it, retire the one before.</li>
      </ol>
    </Confirm>
  )
}
