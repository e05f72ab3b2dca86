import { xorAddressCodec } from './xor-address-codec.ts'

/** The client's address as the server sees it: XOR-MAPPED-ADDRESS (RFC 8489 §14.2). */
export const xorMappedAddress = xorAddressCodec(0x0020)
