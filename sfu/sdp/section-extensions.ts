import type { types } from 'mediasoup'
import { routerRtpCapabilities } from '../media/codecs.ts'
import type { RemoteSection } from './types.ts'

/** RFC 9143 §15.1. */
export const midExtension = 'urn:ietf:params:rtp-hdrext:sdes:mid'

const dependencyDescriptor =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension'

/** Extensions that are never negotiated: the first delays playback, the second is mediasoup's own. */
const unwantedExtensions: ReadonlySet<string> = new Set([
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'urn:mediasoup:params:rtp-hdrext:packet-id',
])

/**
 * The header extensions of a section that the router reads, under the client's ids. The dependency
 * descriptor is left out but for `mimeType` VP9 and AV1, whose layers it tells.
 */
export function extensionsOf(
  { kind, media }: RemoteSection,
  options: { mimeType?: string; routerCapabilities?: types.RtpCapabilities } = {},
): types.RtpHeaderExtensionParameters[] {
  const { mimeType = '', routerCapabilities = routerRtpCapabilities } = options
  const isLayered = /\/(VP9|AV1)$/i.test(mimeType)
  const wanted = (routerCapabilities.headerExtensions ?? []).filter(
    ({ kind: ofKind, uri, direction = 'sendrecv' }) =>
      ofKind === kind &&
      /^(sendrecv|recvonly)$/.test(direction) &&
      !unwantedExtensions.has(uri) &&
      (isLayered || uri !== dependencyDescriptor),
  )
  const found: types.RtpHeaderExtensionParameters[] = []
  for (const { uri, value: id, direction, 'encrypt-uri': encrypted } of media.ext ?? []) {
    const known = wanted.find((extension) => extension.uri === uri)
    // RFC 8285 §4.2, §4.3: an id of 15 is reserved in the one-byte form.
    const isUsable = !encrypted && direction !== 'recvonly' && id >= 1 && id <= 255 && id !== 15
    const isRepeated = found.some((other) => other.id === id || other.uri === uri)
    if (known && isUsable && !isRepeated) found.push({ uri: known.uri, id })
  }
  return found
}

/** The header extensions that our packets to clients may carry. */
export function extensionsToClients({
  headerExtensions = [],
}: types.RtpCapabilities): types.RtpHeaderExtension[] {
  return headerExtensions.filter(
    ({ uri, direction = 'sendrecv' }) =>
      /^(sendrecv|sendonly)$/.test(direction) && !unwantedExtensions.has(uri),
  )
}
