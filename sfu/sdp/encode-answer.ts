import type { types } from 'mediasoup'
import type { TransportDescription } from '../media/media-plane.ts'
import { codecsOf } from './section-codecs.ts'
import { extensionsOf } from './section-extensions.ts'
import {
  codecLines,
  dataLines,
  dataSectionLine,
  rtpLines,
  rtpSectionLine,
  sessionLines,
  transportLines,
} from './transport-lines.ts'
import type { OpusAnswer, RemoteDescription, RemoteSection, SectionAnswer } from './types.ts'

/** The offer, and what to answer to it. */
export type AnswerOptions = Readonly<{
  offer: RemoteDescription
  transport: TransportDescription
  /** By mid; a section that is not in it is answered inactive. */
  answers: ReadonlyMap<string, SectionAnswer>
  /** Version of the o= line: higher with each description of a connection. */
  version: number
}>

/**
 * Writes the answer to a client's offer, section by section in the offer's order (RFC 3264 §6). The data
 * section is always accepted: refusing the bundle's first section would end the transport.
 */
export function encodeAnswer({ offer, transport, answers, version }: AnswerOptions): string {
  const { sections, extmapAllowMixed } = offer
  const setup = offer.dtlsParameters.role === 'server' ? 'active' : 'passive'
  const mids = sections.map(({ mid }) => mid)
  const lines = sessionLines({ transport, mids, version, extmapAllowMixed })
  for (const [index, section] of sections.entries()) {
    const isFirst = index === 0
    const shared = transportLines({ transport, mid: section.mid, setup, isFirst })
    if (section.kind === 'application') {
      lines.push(dataSectionLine, ...shared, ...dataLines(transport))
      continue
    }
    const answer = answers.get(section.mid)
    const [head, ...rest] =
      answer?.accept === 'receive'
        ? receiveLines(section.kind, answer.rtpParameters, answer.opus)
        : inactiveLines(section, section.kind)
    lines.push(head, ...shared, ...rest)
  }
  return `${lines.join('\r\n')}\r\n`
}

function receiveLines(
  kind: types.MediaKind,
  rtpParameters: types.RtpParameters,
  opus: OpusAnswer | undefined,
): [string, ...string[]] {
  const { codecs, encodings = [] } = rtpParameters
  const rids = encodings.flatMap(({ rid }) => (rid === undefined ? [] : [rid]))
  return [
    rtpSectionLine(
      kind,
      codecs.map(({ payloadType }) => payloadType),
    ),
    'a=recvonly',
    ...rtpLines(rtpParameters),
    ...codecs.flatMap((codec) => codecLines(codec, isOpus(codec) ? opusFmtp(opus) : {})),
    ...rids.map((rid) => `a=rid:${rid} recv`),
    ...(rids.length > 0 ? [`a=simulcast:recv ${rids.join(';')}`] : []),
  ]
}

/**
 * Repeats the first offered payload type: an m-section must name a format. The extensions are kept, because
 * Chromium offers in later sections only those that all sections of the bundle have.
 */
function inactiveLines(section: RemoteSection, kind: types.MediaKind): [string, ...string[]] {
  const { rtp, fmtp } = section.media
  const [{ payloadType } = { payloadType: 0 }] = codecsOf(section)
  const map = rtp.find(({ payload }) => payload === payloadType)
  const config = fmtp.find(({ payload }) => payload === payloadType)?.config
  const channels = map?.encoding === undefined ? '' : `/${map.encoding}`
  return [
    rtpSectionLine(kind, [payloadType]),
    'a=inactive',
    ...rtpLines({ codecs: [], headerExtensions: extensionsOf(section) }),
    ...(map ? [`a=rtpmap:${payloadType} ${map.codec}/${map.rate}${channels}`] : []),
    ...(config === undefined ? [] : [`a=fmtp:${payloadType} ${config}`]),
  ]
}

/** What the client's encoder is asked for (RFC 7587 §6.1); 510 kbit/s is Opus' most. */
function opusFmtp(opus: OpusAnswer | undefined): Readonly<Record<string, number>> {
  return {
    ...(opus?.dtx ? { usedtx: 1 } : {}),
    ...(opus?.stereo ? { stereo: 1, maxaveragebitrate: 510_000 } : {}),
  }
}

function isOpus({ mimeType }: types.RtpCodecParameters): boolean {
  return mimeType.toLowerCase() === 'audio/opus'
}
