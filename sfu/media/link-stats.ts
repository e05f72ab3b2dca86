import type { types } from 'mediasoup'
import type { LinkStats, ProducerStats } from './media-plane.ts'

/** RTCP tells a loss as a number of 256ths (RFC 3550 §6.4.1). */
const wholeLoss = 256

/** What mediasoup knows of the streams of a producer, taken together. */
export function toProducerStats(streams: readonly types.ProducerStat[]): ProducerStats {
  const flowing = streams.filter(({ bitrate }) => bitrate > 0)
  return {
    ...totals(streams),
    lossPercent: lossPercent(flowing),
    // mediasoup measures in milliseconds what arrives here, unlike what receivers report.
    jitterMs: largest(flowing.map(({ jitter }) => jitter)),
    rttMs: largest(flowing.map(({ roundTripTime }) => roundTripTime)),
    nacks: sum(streams.map(({ nackPacketCount }) => nackPacketCount)),
    keyFrameRequests: sum(streams.map(({ pliCount, firCount }) => pliCount + firCount)),
  }
}

/** What mediasoup knows of a consumer's own stream; it tells of the producer's as well. */
export function toConsumerStats(
  stats: readonly (types.ConsumerStat | types.ProducerStat)[],
  clockRate: number,
): LinkStats {
  const sent = stats.filter(({ type }) => type === 'outbound-rtp')
  // Before its first report a receiver has told nothing, neither loss nor how far it is.
  const reported = sent.filter(
    ({ bitrate, roundTripTime }) => bitrate > 0 && roundTripTime !== undefined,
  )
  return {
    ...totals(sent),
    lossPercent: lossPercent(reported),
    jitterMs: largest(
      reported.map(({ jitter }) => (clockRate > 0 ? (jitter * 1000) / clockRate : undefined)),
    ),
    rttMs: largest(reported.map(({ roundTripTime }) => roundTripTime)),
  }
}

type Stream = Pick<
  types.ProducerStat,
  'packetCount' | 'byteCount' | 'bitrate' | 'fractionLost' | 'jitter' | 'roundTripTime'
>

function totals(streams: readonly Stream[]) {
  return {
    packets: sum(streams.map(({ packetCount }) => packetCount)),
    bytes: sum(streams.map(({ byteCount }) => byteCount)),
    bitsPerSecond: sum(streams.map(({ bitrate }) => bitrate)),
  }
}

/** Streams with more in them count for more. */
function lossPercent(streams: readonly Stream[]): number | undefined {
  const bits = sum(streams.map(({ bitrate }) => bitrate))
  if (bits === 0) return undefined
  const lost = sum(streams.map(({ bitrate, fractionLost }) => bitrate * fractionLost))
  return (100 * lost) / (bits * wholeLoss)
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
