import { uint16At } from '../protocol/bytes.ts'
import { formatIp } from '../protocol/ip-address.ts'
import { failure, type Result, success } from '../protocol/result.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import { canonicalAddress } from './canonical-address.ts'

/** Whom a proxy speaks for; `local` when it speaks for itself, as for its health checks. */
export type ProxyHeader =
  | 'local'
  | Readonly<{ source: TransportAddress; destination: TransportAddress }>

/** Why bytes are no header: cut off so far, another protocol, or one that breaks the rules or the bounds. */
export type ProxyHeaderFault = 'more' | 'no-signature' | 'bad-header'

/** `\r\n\r\n\0\r\nQUIT\n` (PROXY protocol, §2.2). */
const signature = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10)
const fixedLength = 16
/** Addresses take 36 bytes, what proxies add (TLVs) some hundred. */
const mostFollowing = 2048

/** Version in the high four bits, command in the low ones (§2.2). */
const commands = { local: 0x20, proxy: 0x21 } as const
/** Bytes of one IP by what is forwarded: TCP over IPv4, TCP over IPv6 (§2.2). */
const ipLengths: ReadonlyMap<number, number> = new Map([
  [0x11, 4],
  [0x21, 16],
])

/** Parses a PROXY protocol v2 header at the start of a stream; `length` is where the client's own bytes begin. */
export function parseProxyHeader(
  bytes: Uint8Array,
): Result<Readonly<{ header: ProxyHeader; length: number }>, ProxyHeaderFault> {
  if (!signature.every((byte, index) => index >= bytes.length || bytes[index] === byte)) {
    return failure('no-signature')
  }
  if (bytes.length < fixedLength) return failure('more')
  const following = uint16At(bytes, 14)
  if (following > mostFollowing) return failure('bad-header')
  const length = fixedLength + following
  if (bytes.length < length) return failure('more')
  const header = parseAddresses(bytes.subarray(12, length))
  return header ? success({ header, length }) : failure('bad-header')
}

/** Takes the header from its command on; undefined for what cannot be believed. */
function parseAddresses(bytes: Uint8Array): ProxyHeader | undefined {
  const [command, forwarded = 0] = bytes
  if (command === commands.local) return 'local'
  const ipLength = ipLengths.get(forwarded)
  const addresses = bytes.subarray(4)
  if (command !== commands.proxy || !ipLength || addresses.length < 2 * ipLength + 4) {
    return undefined
  }
  const source = addressOf(addresses, 0, ipLength)
  return source.port === 0 ? undefined : { source, destination: addressOf(addresses, 1, ipLength) }
}

/** The source (0) or the destination (1): both IPs come before both ports. */
function addressOf(bytes: Uint8Array, index: 0 | 1, ipLength: number): TransportAddress {
  const ip = formatIp(bytes.subarray(index * ipLength, (index + 1) * ipLength))
  return canonicalAddress({ ip, port: uint16At(bytes, 2 * ipLength + 2 * index) })
}
