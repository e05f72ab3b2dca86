import { textCodec } from './text-codec.ts'

/** Whose users and passwords are meant, at most 763 bytes: REALM (RFC 8489 §14.9). */
export const realm = textCodec(0x0014, 763)
