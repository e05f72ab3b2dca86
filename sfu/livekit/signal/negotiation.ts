import type { SessionDescription } from '@livekit/protocol'
import type { Session } from '../session.ts'

/** Takes the publisher connection's offer. */
export function acceptOffer(session: Session, offer: SessionDescription): Promise<void> {
  return session.publisher.handleOffer(offer)
}

/** Takes the answer to our offer on the subscriber connection. */
export function acceptAnswer(session: Session, answer: SessionDescription): Promise<void> {
  return session.subscriber.handleAnswer(answer)
}
