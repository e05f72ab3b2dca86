import { useState } from 'preact/hooks'
import type { ConnectDetails } from '#api'
import type { Product } from '../../snippets/snippet.ts'
import type { ConnectPage } from '../../state/connect-page.ts'
import type { TurnPage } from '../../state/turn-page.ts'
import { AdminOnly } from '../admin-only.tsx'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'

type Props = Readonly<{
  connect: ConnectPage
  turn: TurnPage
  details: ConnectDetails
  product: Product
}>

/** Shows the secrets that a product needs after asking for the admin's password, and hides them again. */
export function RevealValues({ connect, turn, details, product: { uses } }: Props) {
  const [isAsking, setAsking] = useState(false)
  const key = details.keys[0]?.key ?? ''
  const needsTurn = uses.includes('turn') && turn.secret.value === undefined
  const needsLivekit = uses.includes('livekit') && connect.secret.value?.key !== key
  if (!uses.includes('turn') && !uses.includes('livekit')) return null
  if (!needsTurn && !needsLivekit) {
    const hide = () => {
      turn.hideSecret()
      connect.hideSecret()
    }
    return (
      <button type="button" class="button" onClick={hide}>
        Hide secrets
      </button>
    )
  }
  const reveal = async (password: string) => {
    const fault =
      (needsTurn ? await turn.revealSecret(password) : undefined) ??
      (needsLivekit ? await connect.revealKey(key, password) : undefined)
    if (fault === undefined) setAsking(false)
    return fault
  }
  return (
    <>
      <AdminOnly>
        <button type="button" class="button primary" onClick={() => setAsking(true)}>
          Reveal secrets …
        </button>
      </AdminOnly>
      {isAsking && (
        <Dialog title="Reveal the secrets" onClose={() => setAsking(false)}>
          <PasswordForm
            label="Your password"
            help="Asked again, because whoever sees the secrets can use this server."
            action="Reveal"
            autocomplete="current-password"
            submit={reveal}
          />
        </Dialog>
      )}
    </>
  )
}
