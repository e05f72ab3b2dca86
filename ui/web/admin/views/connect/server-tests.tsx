import { useState } from 'preact/hooks'
import type { ConnectDetails, ConnectTest } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import type { ConnectPage } from '../../state/connect-page.ts'
import { testVerdict } from '../../state/connect-steps.ts'
import { formatDateTime } from '../../state/format.ts'
import { AdminOnly } from '../admin-only.tsx'
import { Prose } from '../prose.tsx'

type Props = Readonly<{
  connect: ConnectPage
  details: ConnectDetails
  tests: readonly ConnectTest[]
}>

/** The server acts as a chat server does, by the addresses that are announced. */
export function ServerTests({ connect, details, tests }: Props) {
  const [fault, setFault] = useState('')
  const isRunning = connect.isTesting.value || details.isTesting
  const run = async () => setFault((await connect.test()) ?? '')
  return (
    <>
      <p class="soft prose">
        From this machine, by the announced addresses, with the secrets above, as strict about the
        certificate as chat servers are.
      </p>
      <div class="copy-line">
        <AdminOnly>
          <button
            type="button"
            class="button primary"
            aria-disabled={isRunning}
            onClick={() => void (isRunning || run())}
          >
            {isRunning ? 'Trying …' : 'Run the tests'}
          </button>
        </AdminOnly>
        {details.testedAtMs !== undefined && (
          <span class="soft small">Last tried {formatDateTime(details.testedAtMs)}</span>
        )}
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <div role="status">
        {tests.length > 0 && (
          <>
            <Verdict tests={tests} />
            <ul class="checks">
              {tests.map((test) => (
                <Row key={test.id} test={test} />
              ))}
            </ul>
          </>
        )}
      </div>
    </>
  )
}

function Verdict({ tests }: Readonly<{ tests: readonly ConnectTest[] }>) {
  const { ok, text } = testVerdict(tests)
  return (
    <p class={`notice ${ok ? 'ok' : 'bad'}`} data-testid="test-verdict">
      <Icon name={ok ? 'check' : 'alert'} />
      <span>{text}</span>
    </p>
  )
}

const STATES = {
  ok: { tone: 'ok', icon: 'check', word: 'Works' },
  warning: { tone: 'warn', icon: 'alert', word: 'Warning' },
  failed: { tone: 'bad', icon: 'alert', word: 'Fails' },
  untried: { tone: '', icon: 'alert', word: 'Not tried' },
} as const

function Row({ test: { id, title, state, detail, fix, tookMs } }: { test: ConnectTest }) {
  const { tone, icon, word } = STATES[state]
  return (
    <li data-testid={`test-${id}`}>
      <span class={`badge ${tone}`}>
        <Icon name={icon} size={13} />
        {word}
      </span>
      <div>
        <strong>{title}</strong>{' '}
        {tookMs !== undefined && <span class="soft small figures">{tookMs} ms</span>}
        <p>
          <Prose text={detail} />
        </p>
        {fix !== '' && state !== 'ok' && (
          <p class="soft">
            <Prose text={fix} />
          </p>
        )}
      </div>
    </li>
  )
}
