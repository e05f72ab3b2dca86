import { setMuted } from './publishing.ts'
import { trackBySid } from './receiving.ts'
import type { Room } from './room.ts'

/** Mutes somebody's track and tells them; they may unmute it. False when there is no such track. */
export async function muteForAdmin(room: Room, trackSid: string): Promise<boolean> {
  const track = trackBySid(room, trackSid)
  if (track === undefined) return false
  if (track.muted) return true
  const { participant, description } = track
  room.timeline.add(participant, { type: 'admin', action: 'mute', source: description.source })
  // First the publisher: a LiveKit client that sees its own track muted by surprise unmutes it.
  participant.door.trackMuted(track)
  await setMuted(room, participant, { trackSid, muted: true })
  return true
}

/** Takes somebody out of the room. False when nobody of that identity is there. */
export function removeForAdmin(room: Room, identity: string): boolean {
  const participant = room.participants.get(identity)
  if (participant === undefined) return false
  room.timeline.add(participant, { type: 'admin', action: 'remove' })
  room.leave(participant, 'removed')
  return true
}

/** Ends the room for everybody. False when it has ended. */
export function endForAdmin(room: Room): boolean {
  if (room.closed) return false
  room.timeline.add(undefined, { type: 'admin', action: 'end' })
  room.close('roomDeleted')
  return true
}
