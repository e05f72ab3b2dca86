import t from 'tap'
import { mediaCodecs, routerRtpCapabilities } from './codecs.ts'

const { codecs = [] } = routerRtpCapabilities

t.test(
  'every payload type is one codec, fixed, and none collides with RTCP (RFC 5761 §4)',
  async (t) => {
    const payloadTypes = codecs.map(({ preferredPayloadType }) => preferredPayloadType)
    t.equal(new Set(payloadTypes).size, payloadTypes.length)
    t.ok(payloadTypes.every((type) => (type >= 35 && type < 64) || (type >= 96 && type < 128)))
    t.match(
      codecs.map(({ mimeType, preferredPayloadType }) => `${mimeType} ${preferredPayloadType}`),
      [
        'audio/opus 111',
        'video/VP8 96',
        'video/rtx 100',
        'video/VP9 98',
        'video/rtx 101',
        'video/H264 125',
        'video/rtx 102',
        'video/AV1 45',
        'video/rtx 103',
      ],
    )
  },
)

t.test('building the capabilities leaves the codecs as they are written', async (t) => {
  t.equal(mediaCodecs[1]?.parameters, undefined)
})
