import { xorAddressCodec } from './xor-address-codec.ts'

/** A peer's address: XOR-PEER-ADDRESS (RFC 8656 §18.3). */
export const xorPeerAddress = xorAddressCodec(0x0012)
