import type { Participant } from './participant.ts'
import type { ConnectionQuality } from './participant-door.ts'

/** A stream younger than this has no score worth judging. */
const settlingMs = 5_000
/** mediasoup's scores go from 0 to 10. */
const excellentScore = 8
const goodScore = 5

/** Judges how well a participant's media travels, from the worst of what it sends and receives. */
export function connectionQuality(
  participant: Participant,
  nowMs: number,
): ConnectionQuality['quality'] {
  if (!participant.mediaConnected) return 'lost'
  const sent = participant
    .publishedTracks()
    .filter((track) => !track.muted && nowMs - (track.publishedAtMs ?? nowMs) > settlingMs)
    .map((track) => track.producer?.score() ?? 10)
  const received = [...participant.consumers.values()].map((consumer) => consumer.score())
  const worst = Math.min(10, ...sent, ...received)
  if (worst >= excellentScore) return 'excellent'
  return worst >= goodScore ? 'good' : 'poor'
}
