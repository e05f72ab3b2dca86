import { useState } from 'preact/hooks'
import type { TurnPage } from '../../state/turn-page.ts'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'

/** Shows the secrets after asking for the admin's password, and hides them again. */
export function RevealButton({ turn }: { turn: TurnPage }) {
  const [isAsking, setAsking] = useState(false)
  if (turn.secret.value) {
    return (
      <button type="button" class="button" onClick={() => turn.hideSecret()}>
        Hide secrets
      </button>
    )
  }
  const reveal = async (password: string) => {
    const fault = await turn.revealSecret(password)
    if (fault === undefined) setAsking(false)
    return fault
  }
  return (
    <>
      <button type="button" class="button" onClick={() => setAsking(true)}>
        Reveal secrets …
      </button>
      {isAsking && (
        <Dialog title="Reveal the secrets" onClose={() => setAsking(false)}>
          <PasswordForm
            label="Your password"
            help="Asked again, because whoever sees the secret can use the relay."
            action="Reveal"
            autocomplete="current-password"
            submit={reveal}
          />
        </Dialog>
      )}
    </>
  )
}
