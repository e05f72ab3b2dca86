import { useRef, useState } from 'preact/hooks'
import type { AcmeChallenge, AcmeOrderRequest, CertificateDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { CertificatePage } from '../../state/certificate-page.ts'
import { reachWords } from '../../state/certificate-wording.ts'
import { PemField } from './pem-field.tsx'

type Props = Readonly<{ certificate: CertificatePage; details: CertificateDetails }>

const CHALLENGES: readonly (readonly [AcmeChallenge, string])[] = [
  ['auto', 'Whichever works'],
  ['http-01', 'HTTP-01, by port 80'],
  ['tls-alpn-01', 'TLS-ALPN-01, by port 443'],
]

/** Asks for what an order takes. What it begins with is what was ordered last, or what this server is called. */
export function OrderForm({ certificate, details }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const [directoryCa, setDirectoryCa] = useState('')
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const { order, proposal } = details
  const [first] = useState({
    domain: order?.domain ?? proposal.domain,
    email: order?.email ?? '',
    directoryUrl: order?.directoryUrl ?? proposal.directoryUrl,
    challenge: order?.challenge ?? 'auto',
  })
  const send = async (event: Event) => {
    event.preventDefault()
    if (isBusy || form.current === null) return
    setBusy(true)
    const request = requestOf(new FormData(form.current), directoryCa)
    setFault((await certificate.order(request)) ?? '')
    setBusy(false)
  }
  return (
    <form ref={form} class="stack" onSubmit={(event) => void send(event)} noValidate>
      <p class="soft prose">{reachWords(details)}</p>
      <div class="field">
        <label for="order-domain">Domain</label>
        <input
          id="order-domain"
          name="domain"
          class="input"
          defaultValue={first.domain}
          placeholder="calls.example.org"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
        <p class="help">
          The name that people open this server by. Set public_address to it too, and open this page
          by it when the certificate is there.
        </p>
      </div>
      <div class="field">
        <label for="order-email">E-mail (may be empty)</label>
        <input
          id="order-email"
          name="email"
          type="email"
          class="input"
          defaultValue={first.email}
          autocomplete="email"
        />
        <p class="help">Where the authority writes to when something is wrong.</p>
      </div>
      <details>
        <summary>Advanced: another authority, another way to look</summary>
        <Advanced
          first={first}
          hasOwnCa={order?.hasOwnCa === true}
          directoryCa={directoryCa}
          onCa={setDirectoryCa}
        />
      </details>
      <label class="check">
        <input type="checkbox" name="agreed" />
        <span>
          I agree to the terms of the authority (
          <a href="https://letsencrypt.org/repository/" target="_blank" rel="noreferrer">
            those of Let’s Encrypt
          </a>
          ).
        </span>
      </label>
      <div role="alert">
        {fault !== '' && (
          <p class="notice bad" data-testid="order-fault">
            <Icon name="alert" />
            <span>{fault}</span>
          </p>
        )}
      </div>
      <div>
        <button type="submit" class="button primary" aria-disabled={isBusy}>
          {isBusy ? 'One moment …' : 'Order the certificate'}
        </button>
      </div>
    </form>
  )
}

function requestOf(data: FormData, directoryCa: string): AcmeOrderRequest {
  const text = (name: string) => String(data.get(name) ?? '').trim()
  const challenge = CHALLENGES.find(([value]) => value === text('challenge'))?.[0] ?? 'auto'
  return {
    domain: text('domain'),
    email: text('email'),
    directoryUrl: text('directoryUrl'),
    directoryCa,
    challenge,
    agreed: data.get('agreed') !== null,
  }
}

type AdvancedProps = Readonly<{
  first: Readonly<{ directoryUrl: string; challenge: AcmeChallenge }>
  hasOwnCa: boolean
  directoryCa: string
  onCa: (text: string) => void
}>

function Advanced({ first, hasOwnCa, directoryCa, onCa }: AdvancedProps) {
  return (
    <div class="stack advanced">
      <div class="field">
        <label for="order-challenge">How the authority looks</label>
        <select id="order-challenge" name="challenge" class="input" defaultValue={first.challenge}>
          {CHALLENGES.map(([value, words]) => (
            <option key={value} value={value} selected={value === first.challenge}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="order-directory">Directory of the authority</label>
        <input
          id="order-directory"
          name="directoryUrl"
          type="url"
          class="input"
          defaultValue={first.directoryUrl}
          autocomplete="off"
          spellcheck={false}
        />
        <p class="help">An address that begins with https://; the authority tells it.</p>
      </div>
      <PemField
        id="order-ca"
        label="Root certificate of the authority (PEM, may be empty)"
        help={
          hasOwnCa
            ? 'Empty keeps the one of the last order from this authority.'
            : 'Only for an authority of your own, whose web server no system trusts.'
        }
        text={directoryCa}
        onText={onCa}
      />
    </div>
  )
}
