import { textCodec } from './text-codec.ts'

/** The user's name, at most 508 bytes: USERNAME (RFC 8489 §14.3). */
export const username = textCodec(0x0006, 508)
