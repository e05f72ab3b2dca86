import { useState } from 'preact/hooks'
import type { AcmeOrder, CertificateDetails } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { CertificatePage } from '../../state/certificate-page.ts'
import { orderWords } from '../../state/certificate-wording.ts'
import { formatTime } from '../../state/format.ts'
import { Prose } from '../prose.tsx'
import { OrderForm } from './order-form.tsx'

type Props = Readonly<{ certificate: CertificatePage; details: CertificateDetails }>

/** A certificate from an authority: how its order goes, and the form for one. */
export function Order({ certificate, details }: Props) {
  const { order, mode } = details
  return (
    <section class="card stack" aria-labelledby="order-title" data-testid="order">
      <h2 id="order-title">From an authority, by itself (ACME)</h2>
      {order && <Progress certificate={certificate} order={order} details={details} />}
      {mode === 'self-signed' &&
        (order ? (
          <details>
            <summary>Order another</summary>
            <OrderForm certificate={certificate} details={details} />
          </details>
        ) : (
          <OrderForm certificate={certificate} details={details} />
        ))}
    </section>
  )
}

type ProgressProps = Props & Readonly<{ order: AcmeOrder }>

function Progress({ certificate, order, details }: ProgressProps) {
  const [fault, setFault] = useState('')
  const { isWorking, problem, steps } = order
  const again = async () => setFault((await certificate.orderNow()) ?? '')
  return (
    <div class="stack" data-testid="progress">
      <p role="status">{orderWords(order, details.served?.source)}</p>
      {problem !== undefined && !isWorking && (
        <div class="notice warn" data-testid="order-problem">
          <Icon name="alert" />
          <div>
            <p>
              <Prose text={problem.message} />
            </p>
            <p>
              <Prose text={problem.fix} />
            </p>
          </div>
        </div>
      )}
      {steps.length > 0 && (
        <ol class="progress small" aria-label="What was done">
          {steps.map(({ atMs, text }) => (
            <li key={`${atMs} ${text}`}>
              <span class="soft figures">{formatTime(atMs)}</span> {text}
            </li>
          ))}
        </ol>
      )}
      <p role="alert" class="fault">
        {fault}
      </p>
      <div class="dialog-actions">
        <button
          type="button"
          class="button"
          aria-disabled={isWorking}
          onClick={() => void (isWorking || again())}
        >
          <Icon name="refresh" size={16} />
          {isWorking ? 'Ordering …' : problem === undefined ? 'Renew now' : 'Try again now'}
        </button>
        <span class="soft small">
          Authorities count: many tries in an hour make them refuse more.
        </span>
      </div>
    </div>
  )
}
