import type { types } from 'mediasoup'
import { generateRouterRtpCapabilities } from 'mediasoup/ortc'

/**
 * The codecs of every room, best supported first, with fixed payload types: a subscriber's m-section may
 * then be reused for another track, of another codec, without colliding numbers. mediasoup gives each
 * video codec an RTX payload type of its own (100 and up). Opus has no RED: mediasoup does not forward it.
 */
export const mediaCodecs: readonly types.RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    preferredPayloadType: 111,
    clockRate: 48_000,
    channels: 2,
    parameters: { minptime: 10, useinbandfec: 1 },
  },
  { kind: 'video', mimeType: 'video/VP8', preferredPayloadType: 96, clockRate: 90_000 },
  {
    kind: 'video',
    mimeType: 'video/VP9',
    preferredPayloadType: 98,
    clockRate: 90_000,
    parameters: { 'profile-id': 0 },
  },
  {
    kind: 'video',
    mimeType: 'video/H264',
    preferredPayloadType: 125,
    clockRate: 90_000,
    parameters: {
      'level-asymmetry-allowed': 1,
      'packetization-mode': 1,
      'profile-level-id': '42e01f',
    },
  },
  { kind: 'video', mimeType: 'video/AV1', preferredPayloadType: 45, clockRate: 90_000 },
]

/** What every room's router can receive; the same object's shape as mediasoup's `router.rtpCapabilities`. */
export const routerRtpCapabilities: types.RtpCapabilities = generateRouterRtpCapabilities(
  structuredClone([...mediaCodecs]),
)
