import type { types } from 'mediasoup'
import type { RemoteSection } from './types.ts'

/** One payload type of an m-section, as its `rtpmap`, `fmtp` and `rtcp-fb` lines describe it. */
export type SectionCodec = Readonly<{
  payloadType: number
  mimeType: string
  clockRate: number
  /** 1 where the `rtpmap` says nothing; always 1 for video. */
  channels: number
  fmtp: ReadonlyMap<string, string>
  feedback: readonly types.RtcpFeedback[]
}>

/** Reads a section's codecs in the order of preference of its m= line. */
export function codecsOf({ kind, media }: RemoteSection): readonly SectionCodec[] {
  const codecs: SectionCodec[] = []
  for (const payloadType of payloadTypesOf(media.payloads)) {
    const map = media.rtp.find(({ payload }) => payload === payloadType)
    if (!map) continue
    codecs.push({
      payloadType,
      mimeType: `${kind}/${map.codec}`,
      clockRate: map.rate ?? 0,
      channels: kind === 'audio' ? Number(map.encoding ?? 1) : 1,
      fmtp: fmtpOf(media.fmtp.find(({ payload }) => payload === payloadType)?.config),
      // Read for the one codec that is chosen: a description may have thousands of lines for each.
      get feedback() {
        return feedbackOf(media, payloadType)
      },
    })
  }
  return codecs
}

/** Finds the RTX payload type that repairs a codec's (RFC 4588 §8.6). */
export function rtxOf(
  codecs: readonly SectionCodec[],
  { payloadType }: SectionCodec,
): SectionCodec | undefined {
  return codecs.find(
    ({ mimeType, fmtp }) => /\/rtx$/i.test(mimeType) && fmtp.get('apt') === String(payloadType),
  )
}

/** Finds the router's codec that a section's codec is, profile and packetization included. */
export function routerCodecFor(
  codec: SectionCodec,
  capabilities: types.RtpCapabilities,
): types.RtpCodecCapability | undefined {
  return capabilities.codecs?.find(
    ({ mimeType, clockRate, channels = 1, parameters = {} }) =>
      mimeType.toLowerCase() === codec.mimeType.toLowerCase() &&
      !/\/rtx$/i.test(mimeType) &&
      clockRate === codec.clockRate &&
      channels === codec.channels &&
      isSameProfile(mimeType.toLowerCase(), parameters, codec.fmtp),
  )
}

/** Keeps of the router's feedback messages those the section names too. */
export function commonFeedback(
  routerCodec: types.RtpCodecCapability,
  { feedback }: SectionCodec,
): types.RtcpFeedback[] {
  const isOffered = ({ type, parameter = '' }: types.RtcpFeedback) =>
    feedback.some((offered) => offered.type === type && offered.parameter === parameter)
  return (routerCodec.rtcpFeedback ?? []).filter(isOffered)
}

function isSameProfile(
  mimeType: string,
  ours: Readonly<Record<string, unknown>>,
  theirs: ReadonlyMap<string, string>,
): boolean {
  switch (mimeType) {
    case 'video/h264':
      return (
        (theirs.get('packetization-mode') ?? '0') === String(ours['packetization-mode'] ?? 0) &&
        isConstrainedBaseline(theirs.get('profile-level-id') ?? '42e00a')
      )
    case 'video/vp9':
      return (theirs.get('profile-id') ?? '0') === String(ours['profile-id'] ?? 0)
    case 'video/av1':
      return (theirs.get('profile') ?? '0') === '0'
    default:
      return true
  }
}

/** The profile all browsers share: profile_idc and constraint bits of RFC 6184 §8.1, table 5. */
function isConstrainedBaseline(profileLevelId: string): boolean {
  if (!/^[0-9a-f]{6}$/i.test(profileLevelId)) return false
  const profile = Number.parseInt(profileLevelId.slice(0, 2), 16)
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16)
  if (profile === 0x42) return (constraints & 0x4f) === 0x40
  if (profile === 0x4d) return (constraints & 0x8f) === 0x80
  return profile === 0x58 && (constraints & 0xcf) === 0xc0
}

function feedbackOf({ rtcpFb = [] }: RemoteSection['media'], payloadType: number) {
  return rtcpFb
    .filter(({ payload }) => payload === payloadType || payload === '*')
    .map(({ type, subtype }) => ({ type, parameter: subtype ?? '' }))
}

function payloadTypesOf(payloads: string | number | undefined): number[] {
  const words = String(payloads ?? '').split(' ')
  const numbers = words.map(Number).filter((number) => Number.isInteger(number))
  return [...new Set(numbers)].filter((number) => number >= 0 && number <= 127)
}

function fmtpOf(config: string | number | undefined): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const pair of String(config ?? '').split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2)
    if (name !== '') parameters.set(name.toLowerCase(), value)
  }
  return parameters
}
