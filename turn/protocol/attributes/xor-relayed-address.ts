import { xorAddressCodec } from './xor-address-codec.ts'

/** An allocation's relayed transport address: XOR-RELAYED-ADDRESS (RFC 8656 §18.5). */
export const xorRelayedAddress = xorAddressCodec(0x0016)
