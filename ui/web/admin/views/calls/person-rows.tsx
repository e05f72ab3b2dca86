import { useState } from 'preact/hooks'
import type { CallParticipant, CallTrack, LinkQuality, ReceivedTrack } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import {
  type Figure,
  freezeWords,
  linkFigures,
  nameOf,
  scoreWords,
  trackWords,
} from '../../state/call-wording.ts'
import type { TrendPoint } from '../../state/calls-page.ts'
import { formatCount } from '../../state/format.ts'
import { pathWords, qualityWords, wordOf } from '../../state/wording.ts'
import type { Step } from './participants.tsx'
import { Sparkline } from './sparkline.tsx'

type Props = Readonly<{
  person: CallParticipant
  /** Everybody, to name whose tracks are received. */
  people: readonly CallParticipant[]
  trend: readonly TrendPoint[]
  /** `undefined` where nothing may be done. */
  onStep: ((step: Step) => void) | undefined
}>

/** One person: themselves, what they send, and on demand what they receive. */
export function PersonRows({ person, people, trend, onStep }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <tbody data-testid="person">
      <PersonRow {...{ person, trend, onStep }} />
      {person.publishes.map((track) => (
        <SentRow key={track.sid} person={person} track={track} onStep={onStep} />
      ))}
      {person.receives.length > 0 && (
        <tr class="track-row">
          <td colSpan={11}>
            <button
              type="button"
              class="link-button small"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> Receives{' '}
              {formatCount(person.receives.length, 'track', 'tracks')}
              <span class="visually-hidden">: {nameOf(person)}</span>
            </button>
          </td>
        </tr>
      )}
      {isOpen &&
        person.receives.map((track) => (
          <ReceivedRow key={track.trackSid} track={track} people={people} />
        ))}
    </tbody>
  )
}

function PersonRow({ person, trend, onStep }: Omit<Props, 'people'>) {
  const { word, icon, tone } = qualityWords(person.quality)
  const name = nameOf(person)
  return (
    <tr class="person-row">
      <th scope="row">
        <span class="person-name">{name}</span>
        <span class="soft small block">{person.client}</span>
      </th>
      <td data-label="Connection">
        <span class={`badge ${tone}`} data-testid="quality">
          <Icon name={icon} size={14} /> {word}
        </span>
        <span class="small block">{pathWords(person.path)}</span>
        {person.address !== undefined && (
          <span class="soft small block mono">{person.address}</span>
        )}
      </td>
      <LinkCells way="up" link={person.up} />
      <LinkCells way="down" link={person.down} />
      <td data-label="Last two minutes">
        <Sparkline points={trend} of={name} />
      </td>
      <td class="number">
        {onStep && (
          <button
            type="button"
            class="button small-button"
            onClick={() => onStep({ kind: 'remove', person })}
          >
            Remove<span class="visually-hidden"> {name}</span>
          </button>
        )}
      </td>
    </tr>
  )
}

type SentProps = Readonly<{
  person: CallParticipant
  track: CallTrack
  onStep: ((step: Step) => void) | undefined
}>

function SentRow({ person, track, onStep }: SentProps) {
  const freezes = freezeWords(track)
  return (
    <tr class="track-row" data-testid="track">
      <td class="track-name" data-label="Sends">
        {wordOf(track.kind)}
        {track.muted && ' (muted)'}
      </td>
      <td data-label="Codec">{track.codec ?? '–'}</td>
      <LinkCells way="up" link={track.link} />
      <td class="none" colSpan={4} />
      <td data-label="Score">
        <Shown figure={scoreWords(track.score)} />
        {freezes !== '' && <span class="small block">Froze {freezes}</span>}
        {track.nacks + track.keyFrameRequests > 0 && (
          <span class="soft small block">
            Asked for {formatCount(track.nacks, 'packet', 'packets')} and{' '}
            {formatCount(track.keyFrameRequests, 'picture', 'pictures')} again
          </span>
        )}
      </td>
      <td class="number">
        {onStep && !track.muted && (
          <button
            type="button"
            class="button small-button"
            onClick={() => onStep({ kind: 'mute', person, track })}
          >
            Mute
            <span class="visually-hidden">
              {' '}
              {trackWords(track)} of {nameOf(person)}
            </span>
          </button>
        )}
      </td>
    </tr>
  )
}

type ReceivedProps = Readonly<{ track: ReceivedTrack; people: readonly CallParticipant[] }>

function ReceivedRow({ track, people }: ReceivedProps) {
  const publisher = people.find(({ identity }) => identity === track.from)
  return (
    <tr class="track-row" data-testid="received">
      <td class="track-name" data-label="Receives">
        {wordOf(track.kind)} of {publisher ? nameOf(publisher) : track.from}
      </td>
      <td data-label="State">{track.paused ? 'Paused' : 'Flows'}</td>
      <td class="none" colSpan={3} />
      <LinkCells way="down" link={track.link} />
      <td data-label="Score">
        <Shown figure={scoreWords(track.score)} />
      </td>
      <td />
    </tr>
  )
}

/** A round trip is there and back: it stands once, with what goes down. */
function LinkCells({ way, link }: Readonly<{ way: 'up' | 'down'; link: LinkQuality }>) {
  const { rate, loss, jitter, rtt } = linkFigures(link)
  const cells = [
    ['Rate', rate],
    ['Loss', loss],
    ['Jitter', jitter],
    ...(way === 'down' ? ([['Round trip', rtt]] as const) : []),
  ] as const
  return (
    <>
      {cells.map(([label, figure]) => (
        <td
          key={label}
          class="number"
          data-label={label === 'Round trip' ? label : `${label} ${way}`}
        >
          <Shown figure={figure} />
        </td>
      ))}
    </>
  )
}

function Shown({ figure: { text, isHigh } }: Readonly<{ figure: Figure }>) {
  if (!isHigh) return <>{text}</>
  return (
    <strong class="is-high">
      <Icon name="alert" size={12} />
      <span class="visually-hidden">bad: </span>
      {text}
    </strong>
  )
}
