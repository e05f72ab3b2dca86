import type { types } from 'mediasoup'
import { parseSimulcastStreamList } from 'sdp-transform'
import { routerRtpCapabilities } from '../media/codecs.ts'
import type { SectionCodec } from './section-codecs.ts'
import { codecsOf, commonFeedback, routerCodecFor, rtxOf } from './section-codecs.ts'
import { extensionsOf, extensionsToClients, midExtension } from './section-extensions.ts'
import type { RemoteSection, Result, SdpFault } from './types.ts'

const maxSimulcastLayers = 4

/** What a section of an offer does not say by itself. */
export type RtpParametersOptions = Readonly<{
  /** RTCP CNAME; the same for all tracks of a participant, so that browsers synchronise them. */
  cname: string
  /** Mime type wanted first, such as `video/VP8`; `undefined` for the section's first usable one. */
  codec: string | undefined
  routerCapabilities: types.RtpCapabilities
  /** Layers of an SVC stream, such as `L3T3_KEY`: no description says them. Only for VP9 and AV1. */
  scalabilityMode?: string
}>

type ChosenCodec = Readonly<{ codec: SectionCodec; routerCodec: types.RtpCodecCapability }>

/**
 * Reads what the client sends in a section: one codec with its RTX, the client's own numbers, and
 * the router's codec parameters, which are thus the same for all tracks of a codec.
 */
export function rtpParametersFor(
  section: RemoteSection,
  options: RtpParametersOptions,
): Result<types.RtpParameters, SdpFault> {
  const codecs = codecsOf(section)
  const chosen = chooseCodec(codecs, options)
  if (!chosen) return fault('unsupported', `m-section ${section.mid} offers no usable codec`)
  const headerExtensions = extensionsOf(section, {
    mimeType: chosen.codec.mimeType,
    routerCapabilities: options.routerCapabilities,
  })
  const hasMid = headerExtensions.some(({ uri }) => uri === midExtension)
  const rtx = rtxOf(codecs, chosen.codec)
  const encodings = encodingsOf(section, chosen.codec, options.scalabilityMode)
  if (encodings.length === 0) return fault('unsupported', 'simulcast without usable rids')
  if (!hasMid && encodings.some(({ ssrc }) => ssrc === undefined)) {
    return fault('incomplete', `m-section ${section.mid} has neither an ssrc nor the mid extension`)
  }
  return {
    ok: true,
    value: {
      mid: section.mid,
      codecs: [codecParameters(chosen), ...(rtx ? [rtxParameters(rtx, chosen.codec)] : [])],
      headerExtensions,
      encodings,
      rtcp: { cname: options.cname, reducedSize: section.media.rtcpRsize !== undefined },
    },
  }
}

/**
 * Tells what a client that offered or answered these sections can receive. A kind that it has not
 * described yet is taken to be receivable in all of the router's codecs.
 */
export function receiveCapabilities(
  sections: readonly RemoteSection[],
  routerCapabilities: types.RtpCapabilities = routerRtpCapabilities,
): types.RtpCapabilities {
  const described = sections.filter(({ media }) => media.rtp.length > 0)
  const codecsOfKind = (kind: types.MediaKind) =>
    described.filter((section) => section.kind === kind).flatMap(codecsOf)
  const usable = { audio: codecsOfKind('audio'), video: codecsOfKind('video') }
  const media = (routerCapabilities.codecs ?? []).filter((ours) => {
    const theirs = usable[ours.kind]
    const isTheirs = (codec: SectionCodec) => routerCodecFor(codec, { codecs: [ours] })
    return !isRtx(ours) && (theirs.length === 0 || theirs.some(isTheirs))
  })
  const payloadTypes = new Set(media.map(({ preferredPayloadType }) => preferredPayloadType))
  const rtx = (routerCapabilities.codecs ?? []).filter((codec) => {
    const { apt } = codec.parameters ?? {}
    return isRtx(codec) && payloadTypes.has(Number(apt))
  })
  return {
    codecs: structuredClone([...media, ...rtx]),
    headerExtensions: extensionsToClients(routerCapabilities),
  }
}

function chooseCodec(
  codecs: readonly SectionCodec[],
  { codec: wanted, routerCapabilities }: RtpParametersOptions,
): ChosenCodec | undefined {
  const usable = codecs.flatMap((codec) => {
    const routerCodec = routerCodecFor(codec, routerCapabilities)
    return routerCodec ? [{ codec, routerCodec }] : []
  })
  const isWanted = ({ codec }: ChosenCodec) =>
    codec.mimeType.toLowerCase() === wanted?.toLowerCase()
  return usable.find(isWanted) ?? usable[0]
}

function codecParameters({ codec, routerCodec }: ChosenCodec): types.RtpCodecParameters {
  const { mimeType, clockRate, channels, parameters = {} } = routerCodec
  return {
    mimeType,
    payloadType: codec.payloadType,
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    parameters: { ...parameters },
    rtcpFeedback: commonFeedback(routerCodec, codec),
  }
}

function rtxParameters(rtx: SectionCodec, { payloadType }: SectionCodec): types.RtpCodecParameters {
  return {
    mimeType: rtx.mimeType,
    payloadType: rtx.payloadType,
    clockRate: rtx.clockRate,
    parameters: { apt: payloadType },
    rtcpFeedback: [],
  }
}

/** Simulcast layers in the client's order, lowest first by convention; else its one stream. */
function encodingsOf(
  section: RemoteSection,
  { mimeType }: SectionCodec,
  scalabilityMode: string | undefined,
): types.RtpEncodingParameters[] {
  const { media, kind } = section
  const sent = simulcastRids(section)
  if (sent) {
    // libwebrtc's VP8 simulcast layers have three temporal layers each.
    const layers = /\/VP8$/i.test(mimeType) ? { scalabilityMode: 'L1T3' } : {}
    return sent.map((rid) => ({ rid, ...layers }))
  }
  const svc = scalabilityMode && /\/(VP9|AV1)$/i.test(mimeType) ? { scalabilityMode } : {}
  const ssrc = media.ssrcs?.map(({ id }) => Number(id)).find(isSsrc)
  if (ssrc === undefined) return [{ ...svc }]
  const repair = kind === 'video' ? repairSsrcOf(section, ssrc) : undefined
  return [{ ssrc, ...(repair === undefined ? {} : { rtx: { ssrc: repair } }), ...svc }]
}

/** The rids the client sends, paused ones too (RFC 8853 §5.1); `undefined` when it does no simulcast. */
function simulcastRids({ media }: RemoteSection): string[] | undefined {
  const { simulcast, rids = [] } = media
  const list = simulcast?.dir1 === 'send' ? simulcast.list1 : simulcast?.list2
  const dir = simulcast?.dir1 === 'send' ? simulcast.dir1 : simulcast?.dir2
  if (list === undefined || dir !== 'send') return undefined
  const sendable = new Set(
    rids.filter(({ direction }) => direction === 'send').map(({ id }) => String(id)),
  )
  const firstOf = (alternatives: readonly { scid: number | string }[]) =>
    String(alternatives[0]?.scid ?? '')
  const listed = parseSimulcastStreamList(String(list)).map(firstOf)
  return [...new Set(listed)].filter((rid) => sendable.has(rid)).slice(0, maxSimulcastLayers)
}

function repairSsrcOf({ media }: RemoteSection, ssrc: number): number | undefined {
  const groups = (media.ssrcGroups ?? []).filter(({ semantics }) => semantics === 'FID')
  const pairs = groups.map(({ ssrcs }) => String(ssrcs).split(' ').map(Number))
  return pairs.find(([first]) => first === ssrc)?.filter(isSsrc)[1]
}

function isSsrc(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= 0xffffffff
}

function isRtx({ mimeType }: types.RtpCodecCapability): boolean {
  return /\/rtx$/i.test(mimeType)
}

function fault(code: SdpFault['code'], why: string): Readonly<{ ok: false; fault: SdpFault }> {
  return { ok: false, fault: { code, why } }
}
