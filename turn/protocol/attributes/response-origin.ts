import { plainAddressCodec } from './xor-address-codec.ts'

/** The address an answer was sent from: RESPONSE-ORIGIN (RFC 5780 §7.3). */
export const responseOrigin = plainAddressCodec(0x802b)
