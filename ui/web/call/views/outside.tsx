import { Brand, Icon } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'
import { Advice } from './problem-notice.tsx'
import { useFocus } from './use-focus.ts'

/** On the way in. */
export function Connecting({ call }: { call: Call }) {
  const waiting = call.microphone.state.value === 'opening'
  return (
    <main class="page" data-testid="connecting">
      <Brand />
      <div class="card outside">
        <div class="working" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        <h1>Joining {call.roomName}…</h1>
        <p class="soft" role="status">
          {waiting && 'Answer the browser’s question about the microphone.'}
          {!waiting && call.media.slow.value && <SlowExplanation />}
          {!waiting && !call.media.slow.value && 'Connecting to the call server.'}
        </p>
        <button type="button" class="button" onClick={() => void call.backToStart()}>
          Cancel
        </button>
      </div>
    </main>
  )
}

function SlowExplanation() {
  return (
    <>
      This takes longer than usual. The page is trying every way through your network: UDP, then
      TCP, then the relay.
    </>
  )
}

/** Thrown out or never got in: the reason, and what to do. */
export function Failed({ call }: { call: Call }) {
  const heading = useFocus()
  const problem = call.problem.value
  if (problem === undefined) return null
  return (
    <main class="page" data-testid="failed" data-code={problem.code}>
      <Brand />
      <div class="card outside">
        <span class="outside-mark bad">
          <Icon name="alert" size={28} />
        </span>
        <h1 tabIndex={-1} ref={heading}>
          {problem.title}
        </h1>
        <p>{problem.why}</p>
        {problem.advice.length > 0 && (
          <div class="advice">
            <h2>What to do</h2>
            <Advice advice={problem.advice} />
          </div>
        )}
        <div class="row">
          {problem.retry && (
            <button
              type="button"
              class="button primary"
              data-testid="retry"
              onClick={() => void call.rejoin()}
            >
              <Icon name="refresh" size={18} /> Try again
            </button>
          )}
          <button type="button" class="button" onClick={() => void call.backToStart()}>
            Back to start
          </button>
        </div>
        <p class="soft small">
          For support: <code>{problem.code}</code>
        </p>
      </div>
    </main>
  )
}

/** Gone by choice. */
export function Left({ call }: { call: Call }) {
  const heading = useFocus()
  return (
    <main class="page" data-testid="left">
      <Brand />
      <div class="card outside">
        <span class="outside-mark">
          <Icon name="check" size={28} />
        </span>
        <h1 tabIndex={-1} ref={heading}>
          You left {call.roomName}
        </h1>
        <p class="soft">Your microphone and screen are off. You can close this tab.</p>
        <div class="row">
          <button
            type="button"
            class="button primary"
            data-testid="rejoin"
            onClick={() => void call.rejoin()}
          >
            Join again
          </button>
          <button type="button" class="button" onClick={() => void call.backToStart()}>
            Back to start
          </button>
        </div>
      </div>
    </main>
  )
}
