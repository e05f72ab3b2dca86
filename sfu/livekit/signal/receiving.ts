import {
  SubscriptionError,
  type SubscriptionPermission,
  SubscriptionResponse,
  type UpdateSubscription,
  type UpdateTrackSettings,
  VideoQuality,
} from '@livekit/protocol'
import { askForTracks, knownTrackSids, setSubscriptionRule } from '../../room/receiving.ts'
import { clientLimits } from '../limits.ts'
import type { Session } from '../session.ts'
import type { TrackSettings } from '../track-settings.ts'

/** Asks for tracks or declines them. */
export async function updateSubscription(
  session: Session,
  request: UpdateSubscription,
): Promise<void> {
  const trackSids = new Set([
    ...request.trackSids,
    ...request.participantTracks.flatMap((of) => of.trackSids),
  ])
  const wanted = request.subscribe
  const unknown = askForTracks(session.room, session.participant, { trackSids, wanted })
  if (!wanted) return
  for (const trackSid of unknown.slice(0, clientLimits.sections)) {
    const err = SubscriptionError.SE_TRACK_NOTFOUND
    const value = new SubscriptionResponse({ trackSid, err })
    session.send({ case: 'subscriptionResponse', value })
  }
}

/** Chooses how tracks are received: not at all for now, or in which size. */
export async function setTrackSettings(
  session: Session,
  request: UpdateTrackSettings,
): Promise<void> {
  const settings: TrackSettings = {
    disabled: request.disabled || request.quality === VideoQuality.OFF,
    quality: qualityOf(request.quality),
    width: request.width,
    height: request.height,
    framesPerSecond: request.fps,
  }
  for (const trackSid of knownTrackSids(session.room, request.trackSids)) {
    await session.subscriber.set(trackSid, settings)
  }
}

/** Chooses who may receive the client's own tracks. */
export async function setSubscriptionPermission(
  session: Session,
  request: SubscriptionPermission,
): Promise<void> {
  const rules = request.trackPermissions.slice(0, clientLimits.subscriptionRules)
  const allowed = new Map(
    rules.map((rule) => [
      rule.participantIdentity || rule.participantSid,
      { allTracks: rule.allTracks, trackSids: new Set(rule.trackSids) },
    ]),
  )
  setSubscriptionRule(
    session.room,
    session.participant,
    request.allParticipants ? { everybody: true } : { everybody: false, allowed },
  )
}

function qualityOf(quality: VideoQuality): TrackSettings['quality'] {
  if (quality === VideoQuality.LOW) return 'low'
  return quality === VideoQuality.MEDIUM ? 'medium' : 'high'
}
