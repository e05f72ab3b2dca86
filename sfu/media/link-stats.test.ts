import type { types } from 'mediasoup'
import t from 'tap'
import { toConsumerStats, toProducerStats } from './link-stats.ts'

const stream = (more: object) =>
  ({
    type: 'inbound-rtp',
    packetCount: 10,
    byteCount: 1_000,
    bitrate: 100,
    fractionLost: 0,
    jitter: 0,
    nackCount: 0,
    nackPacketCount: 0,
    pliCount: 0,
    firCount: 0,
    ...more,
  }) as unknown as types.ProducerStat & types.ConsumerStat

t.test('takes the streams of a producer together', async (t) => {
  const streams = [
    stream({ bitrate: 300, fractionLost: 64, jitter: 630, nackPacketCount: 4, pliCount: 1 }),
    stream({ bitrate: 100, jitter: 270, firCount: 2, roundTripTime: 31 }),
    stream({ bitrate: 0, fractionLost: 255, jitter: 9_999 }),
  ]
  const stats = toProducerStats(streams, 90_000)
  t.same(stats, {
    packets: 30,
    bytes: 3_000,
    bitsPerSecond: 400,
    lossPercent: 18.75,
    jitterMs: 7,
    rttMs: 31,
    nacks: 4,
    keyFrameRequests: 3,
  })
})

t.test(
  'of a consumer tells its own stream, in the units of its clock, once it reported',
  async (t) => {
    const sent = { type: 'outbound-rtp', jitter: 96, fractionLost: 128 }
    const producer = stream({ fractionLost: 255 })
    t.match(toConsumerStats([stream({ ...sent, roundTripTime: 12 }), producer], 48_000), {
      packets: 10,
      lossPercent: 50,
      jitterMs: 2,
      rttMs: 12,
    })
    t.match(toConsumerStats([stream(sent), producer], 48_000), {
      packets: 10,
      bitsPerSecond: 100,
      lossPercent: undefined,
      jitterMs: undefined,
      rttMs: undefined,
    })
    const untold = toConsumerStats([stream({ ...sent, roundTripTime: 0 })], 48_000)
    t.match(untold, { lossPercent: 50, rttMs: undefined })
  },
)
