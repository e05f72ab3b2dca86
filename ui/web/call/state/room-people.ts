import { type Participant, type Room, Track } from 'livekit-client'
import type { Person, Playable } from './model.ts'
import { HAND_ATTRIBUTE, handRaisedAtMs } from './people.ts'

const playables = new WeakMap<Track, Playable>()

/** Everyone in a room, oneself first, as the page shows them. */
export function readPeople(room: Room): readonly Person[] {
  return [room.localParticipant, ...room.remoteParticipants.values()].map(readPerson)
}

function readPerson(participant: Participant): Person {
  const isSelf = participant.isLocal
  return {
    identity: participant.identity,
    name: participant.name || participant.identity,
    isSelf,
    joinedAtMs: participant.joinedAt?.getTime() ?? 0,
    muted: !participant.isMicrophoneEnabled,
    speaking: participant.isSpeaking && participant.isMicrophoneEnabled,
    handRaisedAtMs: handRaisedAtMs(participant.attributes[HAND_ATTRIBUTE]),
    quality: `${participant.connectionQuality}`,
    sounds: isSelf ? [] : soundsOf(participant),
    camera: videoOf(participant, Track.Source.Camera),
    screen: videoOf(participant, Track.Source.ScreenShare),
  }
}

function soundsOf(participant: Participant): readonly Playable[] {
  return [...participant.audioTrackPublications.values()].flatMap((publication) =>
    publication.track ? [playable(publication.track, publication.trackSid)] : [],
  )
}

function videoOf(participant: Participant, source: Track.Source): Playable | undefined {
  const publication = participant.getTrackPublication(source)
  if (!publication?.track || publication.isMuted) return undefined
  return playable(publication.track, publication.trackSid)
}

/** One object a track, so that a view attaches once however often the room is read. */
function playable(track: Track, sid: string): Playable {
  const known = playables.get(track)
  if (known !== undefined) return known
  const made: Playable = {
    sid,
    attach: (element) => track.attach(element),
    detach: (element) => track.detach(element),
  }
  playables.set(track, made)
  return made
}
