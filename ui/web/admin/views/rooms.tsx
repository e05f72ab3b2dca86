import type { ParticipantStatus, RoomStatus, Status } from '#api'
import { formatCount, formatDuration } from '../state/format.ts'
import { pathWords, tracksWords } from '../state/wording.ts'

/** Every running call and who is in it. */
export function Rooms({ status }: { status: Status }) {
  return (
    <section class="card rooms" aria-labelledby="rooms-title">
      <h2 id="rooms-title">Calls</h2>
      {status.rooms.length === 0 && (
        <p class="soft" data-testid="no-rooms">
          No call is running. Create a join link to start one.
        </p>
      )}
      {status.rooms.map((room) => (
        <Room key={room.name} room={room} nowMs={status.atMs} />
      ))}
    </section>
  )
}

function Room({ room, nowMs }: Readonly<{ room: RoomStatus; nowMs: number }>) {
  const people = formatCount(room.participants.length, 'person', 'people')
  return (
    <article class="room" data-testid="room">
      <div class="room-head">
        <h3>{room.name}</h3>
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
            <th scope="col">Sends</th>
            <th scope="col">Path</th>
            <th scope="col" class="number">
              Here for
            </th>
          </tr>
        </thead>
        <tbody>
          {room.participants.map((person) => (
            <Person key={person.identity} person={person} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </article>
  )
}

function Person({ person, nowMs }: Readonly<{ person: ParticipantStatus; nowMs: number }>) {
  return (
    <tr>
      <th scope="row" title={person.identity}>
        {person.name || person.identity}
      </th>
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
