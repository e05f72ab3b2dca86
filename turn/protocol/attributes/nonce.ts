import { textCodec } from './text-codec.ts'

/** The server's proof that the client was reachable lately, at most 763 bytes: NONCE (RFC 8489 §14.10). */
export const nonce = textCodec(0x0015, 763)
