import type { types } from 'mediasoup'
import { fault, ok, type Result } from './ambient.ts'
import type { Participant } from './participant.ts'
import { mayPublish, type Permissions } from './permissions.ts'
import type { Room } from './room.ts'
import { Track, type TrackDescription } from './track.ts'

/** Why a track is not published. `rejected`: its media parameters cannot be used. */
export type PublishFault = 'notAllowed' | 'limitExceeded' | 'ended' | 'rejected'

/** Takes up a track before its media comes; nobody else is told. */
export function announceTrack(
  room: Room,
  participant: Participant,
  description: TrackDescription,
): Result<Track, PublishFault> {
  if (participant.gone) return fault('ended')
  if (!mayPublish(participant.permissions, description)) return fault('notAllowed')
  if (participant.tracks.size >= room.limits.tracksPerParticipant) return fault('limitExceeded')
  const track = new Track(participant, description)
  participant.tracks.set(track.sid, track)
  return ok(track)
}

/** Where a track's media is found in its publisher's session description, and what it is. */
export type TrackMediaOptions = Readonly<{ rtpParameters: types.RtpParameters; mid: string }>

/** Starts an announced track's media and tells the room. On a fault the track has ended. */
export async function publishTrack(
  room: Room,
  track: Track,
  options: TrackMediaOptions,
): Promise<Result<undefined, PublishFault>> {
  const { participant } = track
  const { rtpParameters, mid } = options
  if (track.ended || participant.gone) return fault('ended')
  const { kind } = track.description
  const mutedAtStart = track.muted
  try {
    const producer = await participant.media.send.produce({
      kind,
      rtpParameters,
      paused: mutedAtStart,
    })
    if (track.ended || participant.gone) {
      producer.close()
      return fault('ended')
    }
    track.start(producer, room.clock.nowMs())
  } catch (error) {
    room.log.debug({ participant: participant.sid, err: error }, 'track rejected')
    endTrack(track)
    return fault(participant.gone ? 'ended' : 'rejected')
  }
  track.mid = mid
  track.mimeType = rtpParameters.codecs[0]?.mimeType ?? ''
  track.simulcast = (rtpParameters.encodings?.length ?? 0) > 1
  if (track.muted !== mutedAtStart) await pauseWhileMuted(track)
  note(room, track, 'published')
  tellTracksChanged(room, participant)
  return ok(undefined)
}

/** Ends a track for everybody, as its publisher asked. */
export function unpublishTrack(room: Room, track: Track): void {
  if (track.ended) return
  const { participant, published } = track
  room.forgetTrack(track.sid)
  endTrack(track)
  if (participant.gone || !published) return
  note(room, track, 'unpublished')
  if (participant.publishedTracks().every((other) => other.description.kind !== 'audio')) {
    room.tellSilent(participant)
  }
  tellTracksChanged(room, participant)
}

/** Mutes or unmutes a track: the room stops or starts forwarding it. False when there is no such track. */
export async function setMuted(
  room: Room,
  participant: Participant,
  mute: Readonly<{ trackSid: string; muted: boolean }>,
): Promise<boolean> {
  const track = participant.tracks.get(mute.trackSid)
  if (track === undefined) return false
  if (track.muted === mute.muted) return true
  track.muted = mute.muted
  if (track.published) {
    if (mute.muted && track.description.kind === 'audio') room.tellSilent(participant)
    note(room, track, mute.muted ? 'muted' : 'unmuted')
    if (mute.muted) room.figures.trackMuted(track, room.participants.values(), room.clock.nowMs())
    else room.figures.trackUnmuted(track, room.clock.nowMs())
    await pauseWhileMuted(track)
    tellParticipant(room, participant)
  }
  return true
}

/** Replaces what a participant may do; tracks that it may not publish any more end. */
export function setPermissions(
  room: Room,
  participant: Participant,
  permissions: Permissions,
): void {
  if (participant.gone) return
  participant.permissions = permissions
  for (const track of [...participant.tracks.values()]) {
    if (mayPublish(permissions, track.description)) continue
    unpublishTrack(room, track)
    participant.door.trackUnpublished(track)
  }
  tellParticipant(room, participant)
  participant.door.subscriptionsChanged()
}

/** Tells everybody that something of a participant, other than its tracks' number, changed. */
export function tellParticipant(room: Room, participant: Participant): void {
  if (participant.gone) return
  participant.version += 1
  room.tellChanged(participant)
}

function tellTracksChanged(room: Room, participant: Participant): void {
  tellParticipant(room, participant)
  room.tellSubscriptionsChanged()
}

function note(
  room: Room,
  { participant, description: { source } }: Track,
  type: 'published' | 'unpublished' | 'muted' | 'unmuted',
): void {
  room.timeline.add(participant, { type, source })
}

function endTrack(track: Track): void {
  track.end()
  track.participant.tracks.delete(track.sid)
}

async function pauseWhileMuted(track: Track): Promise<void> {
  const { producer } = track
  if (producer === undefined || producer.closed) return
  await (track.muted ? producer.pause() : producer.resume())
}
