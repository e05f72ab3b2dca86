import {
  type AddTrackRequest,
  type MuteTrackRequest,
  RequestResponse,
  RequestResponse_Reason,
  TrackType,
  type UpdateLocalAudioTrack,
  type UpdateLocalVideoTrack,
} from '@livekit/protocol'
import { type PublishFault, setMuted, tellParticipant } from '../../room/publishing.ts'
import { clientLimits } from '../limits.ts'
import type { Session } from '../session.ts'

const refusals: Readonly<Record<PublishFault | 'unsupported', readonly [number, string]>> = {
  notAllowed: [RequestResponse_Reason.NOT_ALLOWED, 'no permission to publish from this source'],
  limitExceeded: [RequestResponse_Reason.LIMIT_EXCEEDED, 'too many tracks'],
  unsupported: [RequestResponse_Reason.UNSUPPORTED_TYPE, 'this kind of track is not supported'],
  rejected: [RequestResponse_Reason.INVALID_REQUEST, 'the media parameters cannot be used'],
  ended: [RequestResponse_Reason.NOT_FOUND, 'the track has ended'],
}

/** Takes up a track that the client is about to send. */
export async function addTrack(session: Session, request: AddTrackRequest): Promise<void> {
  const obstacle = request.type === TrackType.VIDEO ? session.videoObstacle() : undefined
  if (obstacle !== undefined) {
    session.room.timeline.refuse(session.participant, obstacle)
    refuseTrack(session, request, [RequestResponse_Reason.LIMIT_EXCEEDED, obstacle])
    return
  }
  const added = await session.publisher.addTrack(request)
  if (!added.ok) refuseTrack(session, request, refusals[added.fault])
}

function refuseTrack(
  session: Session,
  request: AddTrackRequest,
  [reason, message]: readonly [number, string],
): void {
  const value = new RequestResponse({
    reason,
    message,
    request: { case: 'addTrack', value: request },
  })
  session.send({ case: 'requestResponse', value })
}

/** Mutes or unmutes one of the client's own tracks. */
export async function muteTrack(session: Session, request: MuteTrackRequest): Promise<void> {
  const { sid, muted } = request
  const found = await setMuted(session.room, session.participant, { trackSid: sid, muted })
  if (found) return
  const reason = RequestResponse_Reason.NOT_FOUND
  const value = new RequestResponse({ reason, request: { case: 'mute', value: request } })
  session.send({ case: 'requestResponse', value })
}

/** Stores how the client processes a microphone's sound; others see it. */
export async function updateAudioTrack(
  session: Session,
  request: UpdateLocalAudioTrack,
): Promise<void> {
  const track = session.participant.tracks.get(request.trackSid)
  if (track === undefined) return
  track.audioFeatures = request.features.slice(0, clientLimits.layers)
  tellParticipant(session.room, session.participant)
}

/** Stores the size of a video track; others see it. */
export async function updateVideoTrack(
  session: Session,
  request: UpdateLocalVideoTrack,
): Promise<void> {
  const track = session.participant.tracks.get(request.trackSid)
  if (track === undefined) return
  track.width = request.width
  track.height = request.height
  tellParticipant(session.room, session.participant)
}
