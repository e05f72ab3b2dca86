import { useEffect, useState } from 'preact/hooks'
import type { CertificateDetails, CertificateNotice } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { createCertificateClient } from '../../state/certificate-client.ts'
import { CertificatePage } from '../../state/certificate-page.ts'
import type { ViewProps } from '../../state/view-deps.ts'
import { AdminOnly } from '../admin-only.tsx'
import { Prose } from '../prose.tsx'
import { TopBar } from '../top-bar.tsx'
import { InUse } from './in-use.tsx'
import { Order } from './order.tsx'
import { Upload } from './upload.tsx'

/** What browsers believe this server by, and the ways to get another. */
export function CertificateView({ page, feed, route, deps }: ViewProps) {
  const [certificate] = useState(
    () => new CertificatePage({ ...deps, client: createCertificateClient(deps.fetchJson) }),
  )
  useEffect(() => {
    document.title = 'Certificate – Callbox'
    certificate.open()
    return () => certificate.close()
  }, [certificate])
  const details = certificate.details.value
  const problem = certificate.problem.value
  return (
    <>
      <TopBar page={page} feed={feed} route={route} />
      <main class={`dashboard certificate ${problem === undefined ? '' : 'is-stale'}`}>
        <div class="turn-head">
          <h1>Certificate</h1>
          <p class="soft prose">
            What browsers and apps believe this server by, for the pages, for calls and for TURN
            over TLS. A new one takes effect at once and ends no call.
          </p>
          <div role="status">
            {problem !== undefined && (
              <p class="notice warn" data-testid="certificate-problem">
                <Icon name="alert" />
                <span>
                  {problem}
                  {details &&
                    ' What you see is from before. If the certificate has just changed, reload this page.'}
                </span>
              </p>
            )}
          </div>
        </div>
        {details ? (
          <Parts certificate={certificate} details={details} />
        ) : (
          problem === undefined && <p class="soft">One moment …</p>
        )}
      </main>
    </>
  )
}

type PartsProps = Readonly<{ certificate: CertificatePage; details: CertificateDetails }>

function Parts({ certificate, details }: PartsProps) {
  const { mode, notices } = details
  return (
    <>
      {notices.map((notice) => (
        <Notice key={notice.message} {...notice} />
      ))}
      {details.served && (
        <InUse certificate={certificate} details={details} served={details.served} />
      )}
      {mode === 'self-signed' ? (
        <AdminOnly>
          <div class="halves">
            <Order certificate={certificate} details={details} />
            <Upload certificate={certificate} />
          </div>
        </AdminOnly>
      ) : (
        <>
          {details.order && (
            <AdminOnly>
              <Order certificate={certificate} details={details} />
            </AdminOnly>
          )}
          <Fixed mode={mode} />
        </>
      )}
    </>
  )
}

function Notice({ tone, message, fix }: CertificateNotice) {
  return (
    <div class={`notice ${tone}`} data-testid="certificate-notice">
      <Icon name="alert" />
      <div>
        <p>
          <Prose text={message} />
        </p>
        <p>
          <Prose text={fix} />
        </p>
      </div>
    </div>
  )
}

const FIXED: Readonly<Record<string, string>> = {
  files: 'It reads the files again when they change.',
  acme: 'The options beside it name the domain and the authority.',
  off: 'A proxy in front has the certificate; there is none here.',
}

function Fixed({ mode }: Readonly<{ mode: string }>) {
  return (
    <div class="notice" data-testid="certificate-fixed">
      <Icon name="sliders" />
      <p>
        The configuration sets <code>web.tls.mode</code> to <code>{mode}</code>. {FIXED[mode]} To
        choose on this page, take the option out of the configuration and restart.
      </p>
    </div>
  )
}
