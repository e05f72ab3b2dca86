import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { connectionId } from '../protocol/attributes/connection-id.ts'
import { data } from '../protocol/attributes/data.ts'
import { dontFragment } from '../protocol/attributes/dont-fragment.ts'
import { errorCode } from '../protocol/attributes/error-code.ts'
import { evenPort } from '../protocol/attributes/even-port.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { passwordAlgorithm } from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedAddressFamily } from '../protocol/attributes/requested-address-family.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { reservationToken } from '../protocol/attributes/reservation-token.ts'
import { unknownAttributes } from '../protocol/attributes/unknown-attributes.ts'
import { userhash } from '../protocol/attributes/userhash.ts'
import { username } from '../protocol/attributes/username.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { xorRelayedAddress } from '../protocol/attributes/xor-relayed-address.ts'
import { messageIntegritySha256Type, messageIntegrityType } from '../protocol/integrity.ts'
import type { StunMessage } from '../protocol/stun-message.ts'

const firstOptionalType = 0x8000 // RFC 8489 §14: types from here on may be ignored
const mostListed = 16
const nothing: ReadonlySet<number> = new Set()
const known: ReadonlySet<number> = new Set([
  dontFragment.type,
  connectionId.type,
  messageIntegrityType,
  messageIntegritySha256Type,
  ...[userhash, passwordAlgorithm].map((c) => c.type),
  ...[username, realm, nonce, errorCode, unknownAttributes, xorMappedAddress].map((c) => c.type),
  ...[lifetime, evenPort, requestedAddressFamily, requestedTransport].map((c) => c.type),
  ...[reservationToken, channelNumber, data, xorPeerAddress, xorRelayedAddress].map((c) => c.type),
])

/** Types in a message that a server has to understand and this one does not, or does not offer, each once, at most 16 (RFC 8489 §6.3.1). */
export function unknownRequiredTypes(
  message: StunMessage,
  notOffered: ReadonlySet<number> = nothing,
): readonly number[] {
  const unknown = new Set<number>()
  for (const { type } of message.attributes) {
    if (type < firstOptionalType && (!known.has(type) || notOffered.has(type))) unknown.add(type)
  }
  return [...unknown].slice(0, mostListed)
}
