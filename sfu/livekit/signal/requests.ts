import { RequestResponse, RequestResponse_Reason, type SignalRequest } from '@livekit/protocol'
import type { Session } from '../session.ts'
import { updateMetadata } from './metadata.ts'
import { acceptAnswer, acceptOffer } from './negotiation.ts'
import { addTrack, muteTrack, updateAudioTrack, updateVideoTrack } from './publishing.ts'
import { setSubscriptionPermission, setTrackSettings, updateSubscription } from './receiving.ts'
import { syncState } from './resuming.ts'

/**
 * Gives one message to its family. What a client may say that changes nothing here is ignored: candidates (we
 * are ICE lite and learn them from its checks), scenarios for tests, deprecated and unknown messages.
 */
export async function handleRequest(session: Session, { message }: SignalRequest): Promise<void> {
  switch (message.case) {
    case 'offer':
      return acceptOffer(session, message.value)
    case 'answer':
      return acceptAnswer(session, message.value)
    case 'addTrack':
      return addTrack(session, message.value)
    case 'mute':
      return muteTrack(session, message.value)
    case 'updateAudioTrack':
      return updateAudioTrack(session, message.value)
    case 'updateVideoTrack':
      return updateVideoTrack(session, message.value)
    case 'subscription':
      return updateSubscription(session, message.value)
    case 'trackSetting':
      return setTrackSettings(session, message.value)
    case 'subscriptionPermission':
      return setSubscriptionPermission(session, message.value)
    case 'updateMetadata':
      return updateMetadata(session, message.value)
    case 'syncState':
      return syncState(session, message.value)
    case 'leave':
      return session.end('clientLeft')
    case 'publishDataTrackRequest':
      return refuseDataTrack(session, { case: 'publishDataTrack', value: message.value })
    default:
      return undefined
  }
}

function refuseDataTrack(session: Session, request: RequestResponse['request']): void {
  const value = new RequestResponse({
    reason: RequestResponse_Reason.UNSUPPORTED_TYPE,
    message: 'data tracks are not supported',
    request,
  })
  session.send({ case: 'requestResponse', value })
}
