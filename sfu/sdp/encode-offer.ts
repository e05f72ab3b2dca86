import type { types } from 'mediasoup'
import { routerRtpCapabilities } from '../media/codecs.ts'
import type { TransportDescription } from '../media/media-plane.ts'
import {
  codecLines,
  dataLines,
  dataSectionLine,
  rtpLines,
  rtpSectionLine,
  sessionLines,
  transportLines,
} from './transport-lines.ts'
import type { OfferSlot } from './types.ts'

/** What to offer to a subscriber. */
export type OfferOptions = Readonly<{
  transport: TransportDescription
  /** In the order they were first offered; only added to, never removed from or moved. */
  slots: readonly OfferSlot[]
  /** Version of the o= line: higher with each description of a connection. */
  version: number
  /** The mid of the data channels' section, which stands first; `undefined` for none. */
  dataMid: string | undefined
}>

/** Writes our offer to a subscriber: the data section, then one section per slot. */
export function encodeOffer({ transport, slots, version, dataMid }: OfferOptions): string {
  const mids = [...(dataMid === undefined ? [] : [dataMid]), ...slots.map(({ mid }) => mid)]
  const lines = sessionLines({ transport, mids, version, extmapAllowMixed: true })
  const shared = (mid: string) =>
    transportLines({ transport, mid, setup: 'actpass', isFirst: mid === mids[0] })
  if (dataMid !== undefined) {
    lines.push(dataSectionLine, ...shared(dataMid), ...dataLines(transport))
  }
  for (const slot of slots) {
    const [head, ...rest] = slot.sending ? sendingLines(slot.kind, slot.sending) : idleLines(slot)
    lines.push(head, ...shared(slot.mid), ...rest)
  }
  return `${lines.join('\r\n')}\r\n`
}

function sendingLines(
  kind: types.MediaKind,
  { rtpParameters, streamId, trackId }: NonNullable<OfferSlot['sending']>,
): [string, ...string[]] {
  const { codecs, encodings = [], rtcp } = rtpParameters
  return [
    rtpSectionLine(
      kind,
      codecs.map(({ payloadType }) => payloadType),
    ),
    'a=sendonly',
    `a=msid:${streamId} ${trackId}`,
    ...rtpLines(rtpParameters),
    ...codecs.flatMap((codec) => codecLines(codec)),
    ...encodings.flatMap((encoding) => ssrcLines(encoding, rtcp?.cname ?? '')),
  ]
}

/** The stream's SSRCs, for clients that do not read the mid extension (RFC 5576 §4, RFC 4588 §8.4). */
function ssrcLines({ ssrc, rtx }: types.RtpEncodingParameters, cname: string): string[] {
  if (ssrc === undefined) return []
  const name = (id: number) => `a=ssrc:${id} cname:${cname}`
  if (!rtx) return [name(ssrc)]
  return [`a=ssrc-group:FID ${ssrc} ${rtx.ssrc}`, name(ssrc), name(rtx.ssrc)]
}

/** A section that sends nothing still names a format: the router's first of its kind. */
function idleLines({ kind }: OfferSlot): [string, ...string[]] {
  const codec = routerRtpCapabilities.codecs?.find((candidate) => candidate.kind === kind)
  if (!codec) throw new Error(`the router has no ${kind} codec`)
  const { preferredPayloadType: payloadType, ...parameters } = codec
  return [
    rtpSectionLine(kind, [payloadType]),
    'a=inactive',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...codecLines({ ...parameters, payloadType }),
  ]
}
