import type { TotpOffer } from '#api'
import { CodeForm } from '../code-form.tsx'
import { CopyButton } from '../copy-button.tsx'
import { Dialog } from '../dialog.tsx'
import { PasswordForm } from '../password-form.tsx'
import type { OwnDialogProps } from './own-account.tsx'
import { QrCode } from './qr-code.tsx'

/** From the password by way of the app's first code to the recovery codes. */
export function SetUpTotp({ users, name, onClose }: OwnDialogProps) {
  const offer = users.offer.value
  const codes = users.codes.value
  return (
    <Dialog title="Use one-time codes" onClose={onClose}>
      {codes ? (
        <Codes codes={codes} onClose={onClose} />
      ) : offer ? (
        <Offer offer={offer} confirm={(code) => users.confirmTotp(code)} />
      ) : (
        <PasswordForm
          username={name}
          label="Your password"
          help="You need an authenticator app on your phone."
          action="Go on"
          autocomplete="current-password"
          submit={(password) => users.offerTotp(password)}
        />
      )}
    </Dialog>
  )
}

/** Makes recovery codes in place of those of before. */
export function RecoveryCodes({ users, name, onClose }: OwnDialogProps) {
  const codes = users.codes.value
  return (
    <Dialog title="New recovery codes" onClose={onClose}>
      {codes ? (
        <Codes codes={codes} onClose={onClose} />
      ) : (
        <PasswordForm
          username={name}
          label="Your password"
          help="The recovery codes of before end."
          action="Make new ones"
          autocomplete="current-password"
          submit={(password) => users.renewRecoveryCodes(password)}
        />
      )}
    </Dialog>
  )
}

type OfferProps = Readonly<{
  offer: TotpOffer
  confirm: (code: string) => Promise<string | undefined>
}>

function Offer({ offer, confirm }: OfferProps) {
  return (
    <div class="stack">
      <p>Scan this with your authenticator app, or type the key into it.</p>
      <QrCode modules={offer.modules} label="QR code of the key below" />
      <p class="secret-line">
        <code data-testid="totp-secret">{offer.secret.match(/.{1,4}/g)?.join(' ')}</code>
        <CopyButton text={offer.secret} label="Copy key" />
      </p>
      <CodeForm
        label="Code that the app shows now"
        help="Six digits. They show that the app has the key."
        action="Use one-time codes"
        submit={confirm}
      />
    </div>
  )
}

function Codes({ codes, onClose }: Readonly<{ codes: readonly string[]; onClose: () => void }>) {
  return (
    <div class="stack">
      <p>
        Keep these recovery codes where you find them without your phone. Each opens your account
        once in place of a one-time code. <strong>They are not shown again.</strong>
      </p>
      <ul class="recovery-codes" data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="dialog-actions">
        <CopyButton text={codes.join('\n')} label="Copy all" isPrimary />
        <button type="button" class="button" onClick={onClose}>
          I have kept them
        </button>
      </div>
    </div>
  )
}
