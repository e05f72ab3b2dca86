import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { CertificateDetails, ServedCertificate } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { CertificatePage } from '../../state/certificate-page.ts'
import { lifeWords, originWords } from '../../state/certificate-wording.ts'
import { formatCount, formatDateTime } from '../../state/format.ts'
import { AdminOnly } from '../admin-only.tsx'
import { Confirm } from '../confirm.tsx'

type Props = Readonly<{
  certificate: CertificatePage
  details: CertificateDetails
  served: ServedCertificate
}>

/** The certificate that is shown to everybody at present. */
export function InUse({ certificate, details, served }: Props) {
  const [isAsking, setAsking] = useState(false)
  const life = lifeWords(served, details.atMs)
  const isOrdered = served.source === 'self-signed' && details.order !== undefined
  const isChosen = served.source !== 'self-signed' || isOrdered
  return (
    <section class="card stack" aria-labelledby="in-use-title" data-testid="in-use">
      <div class="card-head">
        <h2 id="in-use-title">In use</h2>
        <span class={`badge ${life.tone}`}>
          <Icon name={life.tone === 'ok' ? 'check' : 'alert'} size={13} />
          {life.text}
        </span>
      </div>
      <dl class="facts">
        <Fact name="Comes from">{originWords(served.source)}</Fact>
        <Fact name="Holds for">{served.names.join(', ') || 'no name'}</Fact>
        <Fact name="Signed by">
          {served.issuer}
          {served.chainLength > 0 && (
            <span class="soft">
              {' '}
              ({formatCount(served.chainLength, 'certificate', 'certificates')} of authorities sent
              along)
            </span>
          )}
        </Fact>
        <Fact name="Valid">
          {formatDateTime(served.validFromMs)} to {formatDateTime(served.validUntilMs)}
        </Fact>
        <Fact name="Fingerprint (SHA-256)">
          <code>{served.fingerprint}</code>
        </Fact>
      </dl>
      {details.mode === 'self-signed' && isChosen && (
        <AdminOnly>
          <div>
            <button type="button" class="button" onClick={() => setAsking(true)}>
              {isOrdered ? 'Call off the order …' : 'Go back to self-signed …'}
            </button>
          </div>
        </AdminOnly>
      )}
      {isAsking && (
        <GoBack
          certificate={certificate}
          isOrdered={isOrdered}
          hasWholeHost={details.proposal.httpsPort === 443}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  )
}

type GoBackProps = Readonly<{
  certificate: CertificatePage
  isOrdered: boolean
  /** Browsers then remember that this host is to be believed. */
  hasWholeHost: boolean
  onClose: () => void
}>

function GoBack({ certificate, isOrdered, hasWholeHost, onClose }: GoBackProps) {
  const act = () => certificate.goBack()
  if (isOrdered) {
    return (
      <Confirm title="Call off the order?" action="Call off" act={act} onClose={onClose}>
        <p>The authority is asked no more. The self-signed certificate stays in use.</p>
      </Confirm>
    )
  }
  return (
    <Confirm
      title="Go back to a self-signed certificate?"
      action="Go back"
      isDanger
      act={act}
      onClose={onClose}
    >
      <p>
        Browsers will warn everybody, apps may refuse to connect, and no browser uses TURN over TLS.
        An uploaded key is deleted; an order is called off.
      </p>
      {hasWholeHost && (
        <p>
          Browsers that were here before may refuse this page altogether, for up to a year. Keep a
          way to the configuration file of this server.
        </p>
      )}
    </Confirm>
  )
}

type FactProps = Readonly<{ name: string; children: ComponentChildren }>

function Fact({ name, children }: FactProps) {
  return (
    <div>
      <dt class="soft small">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
