import type { ParticipantStatus, RoomStatus, Status } from '#api'
import { Icon } from '../../../shared/icons.tsx'
import { formatCount, formatDuration } from '../../state/format.ts'
import type { Route } from '../../state/route.ts'
import {
  isUnhappy,
  noCallWords,
  pathWords,
  qualityWords,
  tracksWords,
} from '../../state/wording.ts'
import { useIsAdmin } from '../admin-only.tsx'
import { CallLink } from './health.tsx'

/** Calls beyond these, and people of one call beyond those, are only counted. */
const MOST_ROOMS = 20
const MOST_PEOPLE = 30

/** Every running call and who is in it; those with unhappy people come first. */
export function Rooms({ status, route }: Readonly<{ status: Status; route: Route }>) {
  const isAdmin = useIsAdmin()
  const rooms = [...status.rooms].sort((a, b) => unhappyIn(b) - unhappyIn(a))
  const hidden = rooms.length - MOST_ROOMS
  return (
    <section class="card rooms" aria-labelledby="rooms-title">
      <h2 id="rooms-title">Calls</h2>
      {rooms.length === 0 && (
        <p class="soft" data-testid="no-rooms">
          {noCallWords(isAdmin)}
        </p>
      )}
      {rooms.slice(0, MOST_ROOMS).map((room) => (
        <Room key={room.name} room={room} nowMs={status.atMs} route={route} />
      ))}
      {hidden > 0 && <p class="soft">And {formatCount(hidden, 'call', 'calls')} more.</p>}
    </section>
  )
}

function unhappyIn({ participants }: RoomStatus): number {
  return participants.filter(isUnhappy).length
}

type RoomProps = Readonly<{ room: RoomStatus; nowMs: number; route: Route }>

function Room({ room, nowMs, route }: RoomProps) {
  const present = room.participants.length + (room.more ?? 0)
  const people = formatCount(present, 'person', 'people')
  const hidden = present - MOST_PEOPLE
  return (
    <article class="room" data-testid="room">
      <div class="room-head">
        <h3>
          <CallLink room={room.name} route={route}>
            {room.name}
          </CallLink>
        </h3>
        <p class="soft small figures">
          {people} · {formatDuration((nowMs - room.startedAtMs) / 1000)}
        </p>
        <a
          class="room-join small"
          href={`/call/${encodeURIComponent(room.name)}`}
          target="_blank"
          rel="noreferrer"
        >
          Join<span class="visually-hidden"> {room.name} in a new tab</span>
        </a>
      </div>
      <table class="table people">
        <thead>
          <tr>
            <th scope="col">Person</th>
            <th scope="col">Connection</th>
            <th scope="col">Sends</th>
            <th scope="col">Path</th>
            <th scope="col" class="number">
              Here for
            </th>
          </tr>
        </thead>
        <tbody>
          {room.participants.slice(0, MOST_PEOPLE).map((person) => (
            <Person key={person.identity} person={person} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
      {hidden > 0 && <p class="soft small">And {formatCount(hidden, 'person', 'people')} more.</p>}
    </article>
  )
}

function Person({ person, nowMs }: Readonly<{ person: ParticipantStatus; nowMs: number }>) {
  return (
    <tr>
      <th scope="row" title={person.identity}>
        {person.name || person.identity}
      </th>
      <td>
        <QualityMark quality={person.quality} />
      </td>
      <td>{tracksWords(person.tracks)}</td>
      <td>
        <span class={`path ${person.path === undefined ? 'is-unknown' : ''}`}>
          {pathWords(person.path)}
        </span>
      </td>
      <td class="number">{formatDuration((nowMs - person.joinedAtMs) / 1000)}</td>
    </tr>
  )
}

/** How well somebody is connected: an icon, a word and a colour that say the same. */
export function QualityMark({ quality }: Pick<ParticipantStatus, 'quality'>) {
  const { word, tone, icon } = qualityWords(quality)
  return (
    <span class={`quality-mark ${tone}`}>
      <Icon name={icon} size={15} />
      {word}
    </span>
  )
}
