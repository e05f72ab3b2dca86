import type { Family } from '../transport-address.ts'
import type { AttributeCodec } from './attribute-codec.ts'
import { requestedAddressFamily } from './requested-address-family.ts'

/** Asks for a relayed address of this IP version beside the default one: ADDITIONAL-ADDRESS-FAMILY (RFC 8656 §18.11). */
export const additionalAddressFamily: AttributeCodec<Family | 'other'> = {
  ...requestedAddressFamily,
  type: 0x8000,
}
