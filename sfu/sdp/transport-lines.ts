import type { types } from 'mediasoup'
import type { TransportDescription } from '../media/media-plane.ts'

/** Writes the session part of our descriptions, up to the first m-section (RFC 8829 §5.2.1). */
export function sessionLines(options: {
  transport: TransportDescription
  mids: readonly string[]
  version: number
  extmapAllowMixed: boolean
}): string[] {
  const { transport, mids, version, extmapAllowMixed } = options
  return [
    'v=0',
    `o=callbox 1 ${version} IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    ...(transport.iceParameters.iceLite ? ['a=ice-lite'] : []),
    `a=fingerprint:${fingerprintOf(transport)}`,
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=msid-semantic:WMS *',
    ...(extmapAllowMixed ? ['a=extmap-allow-mixed'] : []),
  ]
}

/**
 * Writes an m-section's transport lines. The candidates stand in the first section only: the others
 * are bundled with it, and a description with a hundred sections stays small.
 */
export function transportLines(options: {
  transport: TransportDescription
  mid: string
  setup: 'actpass' | 'active' | 'passive'
  isFirst: boolean
}): string[] {
  const { transport, mid, setup, isFirst } = options
  const candidates = isFirst
    ? [...transport.iceCandidates.map(candidateLine), 'a=end-of-candidates']
    : []
  return [
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${transport.iceParameters.usernameFragment}`,
    `a=ice-pwd:${transport.iceParameters.password}`,
    `a=setup:${setup}`,
    ...candidates,
  ]
}

/** Writes the lines special to the data channels' section (RFC 8841 §5, §6). */
export function dataLines({ sctpParameters }: TransportDescription): string[] {
  return [
    `a=sctp-port:${sctpParameters?.port ?? 5000}`,
    `a=max-message-size:${sctpParameters?.maxReceiveMessageSize ?? 262_144}`,
  ]
}

/** The m= line of the data channels (RFC 8841 §4). */
export const dataSectionLine = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'

/** Writes the m= line of RTP; its port is never 0, which would take the section out of the bundle. */
export function rtpSectionLine(kind: types.MediaKind, payloadTypes: readonly number[]): string {
  return `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadTypes.join(' ')}`
}

/** Writes `rtpmap`, `fmtp` and `rtcp-fb` of one payload type; `fmtp` is added to the codec's own. */
export function codecLines(
  codec: types.RtpCodecParameters,
  fmtp: Readonly<Record<string, number>> = {},
): string[] {
  const { payloadType, mimeType, clockRate, channels = 1 } = codec
  const name = mimeType.slice(mimeType.indexOf('/') + 1)
  const parameters = Object.entries({ ...codec.parameters, ...fmtp })
    .map(([key, value]) => `${key}=${value}`)
    .join(';')
  const feedback = (codec.rtcpFeedback ?? []).map(({ type, parameter }) =>
    parameter ? `${type} ${parameter}` : type,
  )
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels > 1 ? `/${channels}` : ''}`,
    ...(parameters === '' ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
    ...feedback.map((message) => `a=rtcp-fb:${payloadType} ${message}`),
  ]
}

/** Writes the header extensions and the multiplexing that all RTP sections have. */
export function rtpLines({ headerExtensions = [] }: types.RtpParameters): string[] {
  return [
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
  ]
}

/** RFC 8839 §5.1, with RFC 6544's tcptype. */
function candidateLine(candidate: types.IceCandidate): string {
  const { foundation, protocol, priority, address, port, type, tcpType } = candidate
  const line = `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}`
  return protocol === 'tcp' ? `${line} tcptype ${tcpType ?? 'passive'}` : line
}

function fingerprintOf({ dtlsParameters }: TransportDescription): string {
  const sha256 = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')
  const { algorithm, value } = sha256 ?? dtlsParameters.fingerprints[0] ?? noFingerprint()
  return `${algorithm} ${value}`
}

function noFingerprint(): never {
  throw new Error('a transport without a certificate fingerprint')
}
