import { useState } from 'preact/hooks'
import type { CallDetails, CallParticipant, CallTrack } from '#api'
import { nameOf } from '../../state/call-wording.ts'
import type { CallPage } from '../../state/calls-page.ts'
import { wordOf } from '../../state/wording.ts'
import { Confirm } from '../confirm.tsx'
import { PersonRows } from './person-rows.tsx'

/** What is asked before it is done. */
export type Step =
  | Readonly<{ kind: 'remove'; person: CallParticipant }>
  | Readonly<{ kind: 'mute'; person: CallParticipant; track: CallTrack }>

type Props = Readonly<{ call: CallPage; details: CallDetails; mayChange: boolean }>

const COLUMNS = ['Rate', 'Loss', 'Jitter', 'Round trip'] as const

/** Everybody with their tracks, and how each travels: up is from the person to us, down from us to them. */
export function Participants({ call, details, mayChange }: Props) {
  const [step, setStep] = useState<Step | undefined>(undefined)
  const { participants, endedAtMs } = details
  if (participants.length === 0) {
    return (
      <section class="card" data-testid="participants">
        <p class="soft">{endedAtMs === undefined ? 'Nobody is here.' : 'Everybody has left.'}</p>
      </section>
    )
  }
  const acts = mayChange && endedAtMs === undefined
  return (
    <section class="card stack" aria-labelledby="people-title" data-testid="participants">
      <h2 id="people-title">People and their tracks</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroller call-scroller" aria-label="Table of people and tracks" tabIndex={0}>
        <table class="table as-cards matrix">
          <thead>
            <tr>
              <th scope="col">Person, track</th>
              <th scope="col">Path, codec</th>
              {['up', 'down'].map((way) =>
                COLUMNS.slice(0, way === 'up' ? 3 : 4).map((label) => (
                  <th key={`${label} ${way}`} scope="col" class="number">
                    {label === 'Round trip' ? label : `${label} ${way}`}
                  </th>
                )),
              )}
              <th scope="col">Score, freezes</th>
              <td />
            </tr>
          </thead>
          {participants.map((person) => (
            <PersonRows
              key={person.sid}
              person={person}
              people={participants}
              trend={call.trendOf(person)}
              onStep={acts ? setStep : undefined}
            />
          ))}
        </table>
      </section>
      {step && <Question call={call} step={step} onClose={() => setStep(undefined)} />}
    </section>
  )
}

type QuestionProps = Readonly<{ call: CallPage; step: Step; onClose: () => void }>

function Question({ call, step, onClose }: QuestionProps) {
  const name = nameOf(step.person)
  if (step.kind === 'remove') {
    return (
      <Confirm
        title={`Remove ${name}?`}
        action={`Remove ${name}`}
        isDanger
        act={() => call.remove(step.person.identity)}
        onClose={onClose}
      >
        <p>
          {name} leaves the call at once and is told why. With a link that is still valid, they may
          join again.
        </p>
      </Confirm>
    )
  }
  const what = wordOf(step.track.kind).toLowerCase()
  return (
    <Confirm
      title={`Mute the ${what} of ${name}?`}
      action={`Mute ${name}`}
      act={() => call.mute(step.track.sid)}
      onClose={onClose}
    >
      <p>Nobody in the call gets it any more. {name} sees that, and may unmute it.</p>
    </Confirm>
  )
}
