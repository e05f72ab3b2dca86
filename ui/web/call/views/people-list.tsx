import { Icon } from '../../shared/icons.tsx'
import type { Person } from '../state/model.ts'
import { handPlaces, hueIndex, initials, orderPeople } from '../state/people.ts'
import { Video } from './video.tsx'

const HUES = 6

/** Everyone in the call; raised hands first, in the order they went up. */
export function PeopleList({ people }: { people: readonly Person[] }) {
  const places = handPlaces(people)
  return (
    <section class="people" aria-label="People in the call">
      <ul class={`tiles ${columns(people.length)}`} data-testid="people" data-count={people.length}>
        {orderPeople(people).map((person) => (
          <Tile key={person.identity} person={person} handPlace={places.get(person.identity)} />
        ))}
      </ul>
      {people.length === 1 && (
        <p class="soft alone">Nobody else is here yet. Others join with the link from your chat.</p>
      )}
    </section>
  )
}

/** Keeps rows of tiles even while few are here, and small when many are. */
function columns(count: number): string {
  if (count === 4) return 'two'
  if (count <= 6) return 'three'
  return count <= 12 ? 'many' : 'crowd'
}

type TileProps = Readonly<{ person: Person; handPlace: number | undefined }>

function Tile({ person, handPlace }: TileProps) {
  const { name, isSelf, speaking, muted, camera } = person
  return (
    <li
      class={`tile ${speaking ? 'speaking' : ''}`}
      data-testid="participant"
      data-identity={person.identity}
      data-self={isSelf}
      data-speaking={speaking}
      data-muted={muted}
      data-hand={handPlace}
    >
      {camera ? (
        <Video playable={camera} class="camera" label={`Camera of ${name}`} />
      ) : (
        <span class={`avatar hue-${hueIndex(person.identity, HUES)}`} aria-hidden="true">
          {initials(name)}
        </span>
      )}
      <span class="tile-name">
        <span class="clip">{name}</span>
        {isSelf && <span class="soft"> (you)</span>}
      </span>
      <span class="tile-facts">
        {handPlace !== undefined && <HandBadge place={handPlace} />}
        {person.screen && <Fact icon="screen" text="Shares a screen" />}
        {(person.quality === 'poor' || person.quality === 'lost') && (
          <span
            class="badge warn"
            title={person.quality === 'lost' ? 'No connection' : 'Weak connection'}
          >
            <Icon name={person.quality === 'lost' ? 'signal0' : 'signal1'} size={14} />
            <span class="shrinks">
              {person.quality === 'lost' ? 'No connection' : 'Weak connection'}
            </span>
          </span>
        )}
        <Voice speaking={speaking} muted={muted} />
      </span>
    </li>
  )
}

function HandBadge({ place }: { place: number }) {
  return (
    <span class="badge hand">
      <Icon name="hand" size={14} />
      <span class="figures">{place}</span>
      <span class="visually-hidden">in the queue of raised hands</span>
    </span>
  )
}

function Voice({ speaking, muted }: Readonly<{ speaking: boolean; muted: boolean }>) {
  if (muted) return <Fact icon="microphoneOff" text="Muted" />
  if (!speaking) return <Fact icon="microphone" text="Microphone on" />
  return (
    <span class="fact talking">
      <span class="wave" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span class="visually-hidden">Speaking</span>
    </span>
  )
}

type FactProps = Readonly<{ icon: 'microphone' | 'microphoneOff' | 'screen'; text: string }>

function Fact({ icon, text }: FactProps) {
  return (
    <span class={`fact ${icon}`} title={text}>
      <Icon name={icon} size={17} />
      <span class="visually-hidden">{text}</span>
    </span>
  )
}
