import {
  ConnectionQualityInfo,
  ConnectionQualityUpdate,
  MuteTrackRequest,
  SpeakerInfo,
  SpeakersChanged,
  StreamState,
  StreamStateInfo,
  StreamStateUpdate,
  SubscriptionPermissionUpdate,
  TrackUnpublishedResponse,
} from '@livekit/protocol'
import type { ConnectionQuality, Speaker } from '../room/participant-door.ts'
import type { Track } from '../room/track.ts'
import { qualityNumbers } from './messages.ts'
import type { SignalMessage } from './signal-link.ts'

/** Scores of the protocol's scale from 1 to 5. */
const qualityScores = { excellent: 4.5, good: 3.5, poor: 2, lost: 1 } as const

/** Tells the publisher that the server ended its track. */
export function toTrackUnpublished({ sid }: Track): SignalMessage {
  return { case: 'trackUnpublished', value: new TrackUnpublishedResponse({ trackSid: sid }) }
}

/** Has the publisher mute its track: the server has already stopped to pass it on. */
export function toMuteTrack({ sid }: Track): SignalMessage {
  return { case: 'mute', value: new MuteTrackRequest({ sid, muted: true }) }
}

/** Tells a subscriber that the network cannot carry a track, or can again. */
export function toStreamState(track: Track, paused: boolean): SignalMessage {
  const state = new StreamStateInfo({
    participantSid: track.participant.sid,
    trackSid: track.sid,
    state: paused ? StreamState.PAUSED : StreamState.ACTIVE,
  })
  return { case: 'streamStateUpdate', value: new StreamStateUpdate({ streamStates: [state] }) }
}

/** Tells a subscriber whether the publisher lets it receive a track. */
export function toSubscriptionPermission(track: Track, allowed: boolean): SignalMessage {
  const value = new SubscriptionPermissionUpdate({
    participantSid: track.participant.sid,
    trackSid: track.sid,
    allowed,
  })
  return { case: 'subscriptionPermissionUpdate', value }
}

/** Tells who speaks, or stopped. */
export function toSpeakersChanged(speakers: readonly Speaker[]): SignalMessage {
  const infos = speakers.map(
    ({ participantSid, level, active }) => new SpeakerInfo({ sid: participantSid, level, active }),
  )
  return { case: 'speakersChanged', value: new SpeakersChanged({ speakers: infos }) }
}

/** Tells how well somebody's media travels. */
export function toConnectionQuality(qualities: readonly ConnectionQuality[]): SignalMessage {
  const updates = qualities.map(
    ({ participantSid, quality }) =>
      new ConnectionQualityInfo({
        participantSid,
        quality: qualityNumbers[quality],
        score: qualityScores[quality],
      }),
  )
  return { case: 'connectionQuality', value: new ConnectionQualityUpdate({ updates }) }
}
