import type { types } from 'mediasoup'
import type { LinkStats, ProducerStats } from './media-plane.ts'

/** RTCP tells a loss as a number of 256ths (RFC 3550 §6.4.1). */
const wholeLoss = 256

/** What mediasoup knows of the streams of a producer, taken together; their clock ticks that often a second. */
export function toProducerStats(
  streams: readonly types.ProducerStat[],
  clockRate: number,
): ProducerStats {
  const flowing = streams.filter(({ bitrate }) => bitrate > 0)
  return {
    ...totals(streams),
    lossPercent: lossPercent(flowing),
    jitterMs: jitterMs(flowing, clockRate),
    rttMs: rttMs(flowing),
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
    jitterMs: jitterMs(reported, clockRate),
    rttMs: rttMs(reported),
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

/** Jitter is counted in ticks of the stream's clock (RFC 3550 §6.4.1). */
function jitterMs(streams: readonly Stream[], clockRate: number): number | undefined {
  if (clockRate <= 0) return undefined
  return largest(streams.map(({ jitter }) => (jitter * 1000) / clockRate))
}

/** 0 stands for a report that could not tell. */
function rttMs(streams: readonly Stream[]): number | undefined {
  return largest(streams.map(({ roundTripTime }) => roundTripTime || undefined))
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
