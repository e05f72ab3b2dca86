import { useState } from 'preact/hooks'
import { Icon } from '../../../shared/icons.tsx'
import type { CertificatePage } from '../../state/certificate-page.ts'
import { PemField } from './pem-field.tsx'

/** A certificate that the admin has got elsewhere. */
export function Upload({ certificate }: Readonly<{ certificate: CertificatePage }>) {
  const [cert, setCert] = useState('')
  const [key, setKey] = useState('')
  const [fault, setFault] = useState('')
  const [isDone, setDone] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const send = async (event: Event) => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    const wrong = await certificate.upload({ cert, key })
    setBusy(false)
    setFault(wrong ?? '')
    setDone(wrong === undefined)
    if (wrong !== undefined) return
    setCert('')
    setKey('')
  }
  return (
    <section class="card stack" aria-labelledby="upload-title" data-testid="upload">
      <h2 id="upload-title">One of your own</h2>
      <form class="stack" onSubmit={(event) => void send(event)} noValidate>
        <p class="soft prose">
          It is checked before it is used: what does not fit is refused, and the one in use stays.
          Nobody renews it but you; this page and the dashboard remind you two weeks before its end.
        </p>
        <PemField
          id="upload-cert"
          label="Certificate and its chain (PEM)"
          help="The file that authorities often call fullchain.pem."
          text={cert}
          onText={setCert}
        />
        <PemField
          id="upload-key"
          label="Private key (PEM)"
          help="Without a passphrase. It is kept on this server and never shown again."
          text={key}
          onText={setKey}
        />
        <div role="alert">
          {fault !== '' && (
            <p class="notice bad" data-testid="upload-fault">
              <Icon name="alert" />
              <span>{fault}</span>
            </p>
          )}
        </div>
        <div role="status">
          {isDone && (
            <p class="notice ok" data-testid="upload-done">
              <Icon name="check" />
              <span>It is in use. No restart is needed.</span>
            </p>
          )}
        </div>
        <div>
          <button type="submit" class="button primary" aria-disabled={isBusy}>
            {isBusy ? 'One moment …' : 'Check and use it'}
          </button>
        </div>
      </form>
    </section>
  )
}
