import type { SyncState } from '@livekit/protocol'
import { askForTracks, knownTrackSids } from '../../room/receiving.ts'
import type { Session } from '../session.ts'

/** Compares what a resuming client believes with what is; what it publishes must be known here. */
export async function syncState(session: Session, state: SyncState): Promise<void> {
  const published = state.publishTracks.map(({ track }) => track?.sid ?? '')
  if (!published.every((sid) => session.publisher.knows(sid))) {
    session.end('stateMismatch')
    return
  }
  if (state.subscription !== undefined) {
    const trackSids = [
      ...state.subscription.trackSids,
      ...state.subscription.participantTracks.flatMap((of) => of.trackSids),
    ]
    const wanted = state.subscription.subscribe
    askForTracks(session.room, session.participant, { trackSids, wanted })
  }
  for (const sid of knownTrackSids(session.room, state.trackSidsDisabled)) {
    await session.subscriber.disable(sid)
  }
}
