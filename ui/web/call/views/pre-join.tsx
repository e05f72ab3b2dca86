import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Brand, Icon } from '../../shared/icons.tsx'
import type { Call } from '../state/call-session.ts'
import { DeviceChoices } from './device-choices.tsx'
import { LevelMeter } from './level-meter.tsx'
import { ProblemNotice } from './problem-notice.tsx'

const NAME_FIELD = 'name'

/** Who joins: a fixed name from the link, or a name to fill in. */
export type Visitor = Readonly<{ name: string; mayChooseName: boolean }>

/** What the page knows before the call. `rememberName` is told the chosen name. */
export type PreJoinProps = Readonly<{
  call: Call
  visitor: Visitor
  rememberName: (name: string) => void
}>

/** The page before the call: name, microphone check, devices, join. */
export function PreJoin({ call, visitor, rememberName }: PreJoinProps) {
  const name = useSignal(visitor.name)
  const muted = useSignal(false)
  const nameMissing = useSignal(false)
  useEffect(() => {
    void call.devices.refresh()
    void call.microphone.openIfAllowed()
  }, [call])

  const join = (event: Event) => {
    event.preventDefault()
    const chosen = name.value.trim()
    nameMissing.value = visitor.mayChooseName && chosen === ''
    if (nameMissing.value) {
      document.getElementById(NAME_FIELD)?.focus()
      return
    }
    if (visitor.mayChooseName) rememberName(chosen)
    void call.join({ name: chosen, muted: muted.value })
  }

  return (
    <main class="page">
      <Brand />
      <form class="card pre-join" onSubmit={join} noValidate>
        <header>
          <p class="soft">Join the call</p>
          <h1>{call.roomName}</h1>
        </header>
        {visitor.mayChooseName ? (
          <NameField
            name={name.value}
            missing={nameMissing.value}
            onName={(v) => (name.value = v)}
          />
        ) : (
          <p data-testid="fixed-name">
            You join as <strong>{visitor.name}</strong>.
          </p>
        )}
        <MicrophoneCheck call={call} />
        <DeviceChoices call={call} />
        <label class="check">
          <input
            type="checkbox"
            data-testid="join-muted"
            checked={muted.value}
            onChange={(event) => (muted.value = event.currentTarget.checked)}
          />
          Join muted
        </label>
        <button type="submit" class="button primary wide" data-testid="join">
          Join call
        </button>
      </form>
      <p class="soft small keys">
        In the call, <kbd>M</kbd> mutes and <kbd>H</kbd> raises your hand.
      </p>
    </main>
  )
}

type NameFieldProps = Readonly<{ name: string; missing: boolean; onName: (name: string) => void }>

function NameField({ name, missing, onName }: NameFieldProps) {
  return (
    <div class="field">
      <label for={NAME_FIELD}>Your name</label>
      <input
        id={NAME_FIELD}
        class="input"
        data-testid="name"
        autocomplete="name"
        maxLength={80}
        value={name}
        aria-invalid={missing}
        aria-describedby={missing ? 'name-missing' : undefined}
        onInput={(event) => onName(event.currentTarget.value)}
      />
      {missing && (
        <p id="name-missing" class="field-error" role="alert">
          <Icon name="alert" size={16} /> Enter the name that others will see.
        </p>
      )}
    </div>
  )
}

function MicrophoneCheck({ call }: { call: Call }) {
  const { microphone } = call
  const state = microphone.state.value
  const problem = microphone.problem.value
  if (state === 'blocked' && problem !== undefined) {
    return (
      <ProblemNotice problem={problem} tone="warn">
        {problem.retry && (
          <button type="button" class="button" onClick={() => void microphone.open()}>
            <Icon name="refresh" size={18} /> Try again
          </button>
        )}
      </ProblemNotice>
    )
  }
  if (state === 'open') return <LevelMeter level={microphone.level} />
  return (
    <div class="microphone-ask">
      <button
        type="button"
        class="button"
        data-testid="check-microphone"
        disabled={state === 'opening'}
        onClick={() => void microphone.open()}
      >
        <Icon name="microphone" size={18} />
        {state === 'opening' ? 'Waiting for permission…' : 'Check microphone'}
      </button>
      <span class="soft small">The browser asks for permission, here or when you join.</span>
    </div>
  )
}
