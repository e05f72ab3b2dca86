import { paddedLength, setUint32, uint16At, uint32At } from './bytes.ts'
import { headerLength, type TransactionId } from './stun-message.ts'
import type { TransportAddress } from './transport-address.ts'

/** What a Send indication is for; `data` is a view. */
export type SendIndication = Readonly<{ peer: TransportAddress; data: Uint8Array }>

const sendIndicationType = 0x0016 // RFC 8656 §17
const dataIndicationType = 0x0017 // RFC 8656 §17
const magicCookie = 0x2112a442 // RFC 8489 §5
const dataType = 0x0013 // RFC 8656 §18.4
const xorPeerAddressType = 0x0012 // RFC 8656 §18.3

/**
 * Reads a Send indication in the form that clients send by the thousand: a peer's IPv4 address and data, nothing else.
 * Undefined for everything else, which has to be parsed as any message; it makes no difference but to the time it takes.
 */
export function readPlainSend(bytes: Uint8Array): SendIndication | undefined {
  if (bytes.length < headerLength + 16 || uint16At(bytes, 0) !== sendIndicationType)
    return undefined
  if (uint16At(bytes, 2) + headerLength !== bytes.length || uint32At(bytes, 4) !== magicCookie) {
    return undefined
  }
  const peerFirst = uint16At(bytes, headerLength) === xorPeerAddressType
  const dataAt = peerFirst ? headerLength + 12 : headerLength
  const dataEnd = dataAt + 4 + uint16At(bytes, dataAt + 2)
  const peerAt = peerFirst ? headerLength : paddedLength(dataEnd)
  const end = peerFirst ? paddedLength(dataEnd) : peerAt + 12
  if (end !== bytes.length || uint16At(bytes, dataAt) !== dataType) return undefined
  // Type, length and family of the peer's address in one look.
  if (uint32At(bytes, peerAt) !== 0x00120008 || bytes[peerAt + 5] !== 1) return undefined
  return { peer: ipv4PeerAt(bytes, peerAt + 6), data: bytes.subarray(dataAt + 4, dataEnd) }
}

function ipv4PeerAt(bytes: Uint8Array, at: number): TransportAddress {
  const port = uint16At(bytes, at) ^ 0x2112
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at + 2], bytes[at + 3], bytes[at + 4], bytes[at + 5]]
  return { family: 4, ip: `${a ^ 0x21}.${b ^ 0x12}.${c ^ 0xa4}.${d ^ 0x42}`, port }
}

/** Encodes a Data indication (RFC 8656 §11.3) in one go; the peer's IP as 4 or 16 bytes. */
export function encodeDataIndication(
  transactionId: TransactionId,
  peer: Readonly<{ ip: Uint8Array; port: number }>,
  data: Uint8Array,
): Uint8Array {
  const { ip, port } = peer
  const dataAt = headerLength + 8 + ip.length
  const dataEnd = dataAt + 4 + data.length
  const total = paddedLength(dataEnd)
  const bytes = Buffer.allocUnsafe(total)
  setUint32(bytes, 0, (dataIndicationType << 16) | (total - headerLength))
  setUint32(bytes, 4, magicCookie)
  for (let i = 0; i < 12; i++) bytes[8 + i] = transactionId[i] ?? 0
  setUint32(bytes, headerLength, (xorPeerAddressType << 16) | (4 + ip.length))
  setUint32(bytes, headerLength + 4, ((ip.length === 4 ? 1 : 2) << 16) | (port ^ 0x2112))
  // The mask is the cookie and the transaction id, which lie one after the other in the header (RFC 8489 §14.2).
  for (let i = 0; i < ip.length; i++)
    bytes[headerLength + 8 + i] = (ip[i] ?? 0) ^ (bytes[4 + i] ?? 0)
  setUint32(bytes, dataAt, (dataType << 16) | data.length)
  bytes.set(data, dataAt + 4)
  bytes.fill(0, dataEnd)
  return bytes
}
