import { plainAddressCodec } from './xor-address-codec.ts'

/** Where an answer would come from if its IP and port were to change: OTHER-ADDRESS (RFC 5780 §7.4). */
export const otherAddress = plainAddressCodec(0x802c)
