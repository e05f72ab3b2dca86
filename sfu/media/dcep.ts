/** SCTP payload protocol identifiers (RFC 8831 §8, RFC 8832 §8.1). */
export const ppid = { dcep: 50, string: 51, binary: 53, stringEmpty: 56, binaryEmpty: 57 } as const

/** A parsed DATA_CHANNEL_OPEN; `reliable` is false for both kinds of partial reliability. */
export type OpenMessage = Readonly<{
  type: 'open'
  label: string
  ordered: boolean
  reliable: boolean
}>

/** A message of the Data Channel Establishment Protocol (RFC 8832 §5). */
export type DcepMessage = OpenMessage | Readonly<{ type: 'ack' }>

/** Message types (RFC 8832 §8.2.1). */
const ackType = 0x02
const openType = 0x03

/** Channel types: the bit for unordered, and what is left without it (RFC 8832 §8.2.2). */
const unorderedBit = 0x80
const timedType = 0x02

const openHeaderBytes = 12
const maxLabelBytes = 256

/** The milliseconds for which a lossy channel of ours tries to send a message. */
export const lossyLifetimeMs = 100

/** Parses a DCEP message; `undefined` for all but an ACK or a whole OPEN with a fair label (RFC 8832 §5). */
export function parseDcep(bytes: Uint8Array): DcepMessage | undefined {
  if (bytes[0] === ackType) return { type: 'ack' }
  if (bytes[0] !== openType || bytes.length < openHeaderBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const channelType = view.getUint8(1)
  const labelLength = view.getUint16(8)
  const protocolLength = view.getUint16(10)
  if (bytes.length < openHeaderBytes + labelLength + protocolLength) return undefined
  if (labelLength > maxLabelBytes) return undefined
  const label = bytes.subarray(openHeaderBytes, openHeaderBytes + labelLength)
  return {
    type: 'open',
    label: new TextDecoder().decode(label),
    ordered: (channelType & unorderedBit) === 0,
    reliable: (channelType & ~unorderedBit) === 0,
  }
}

/** Encodes an OPEN: ordered and reliable, or unordered with a lifetime (RFC 8832 §5.1). */
export function encodeOpen({ label, reliable }: { label: string; reliable: boolean }): Uint8Array {
  const labelBytes = new TextEncoder().encode(label)
  const bytes = new Uint8Array(openHeaderBytes + labelBytes.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, openType)
  view.setUint8(1, reliable ? 0 : unorderedBit | timedType)
  view.setUint32(4, reliable ? 0 : lossyLifetimeMs)
  view.setUint16(8, labelBytes.length)
  bytes.set(labelBytes, openHeaderBytes)
  return bytes
}

/** Encodes an ACK (RFC 8832 §5.2). */
export function encodeAck(): Uint8Array {
  return Uint8Array.of(ackType)
}
