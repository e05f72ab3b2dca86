import { setUint16, setUint32, uint16At, uint32At } from './bytes.ts'

/** Attribute type of the checksum (RFC 8489 §14.7). */
export const fingerprintType = 0x8028
const fingerprintXor = 0x5354554e // "STUN", RFC 8489 §14.7

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 of ITU V.42 over the first `length` bytes. */
function crc32(bytes: Uint8Array, length = bytes.length): number {
  let crc = 0xffffffff
  for (let i = 0; i < length; i++) {
    crc = (table[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** Whether a message whose last attribute is a FINGERPRINT carries the right one. */
export function hasValidFingerprint(bytes: Uint8Array): boolean {
  const offset = bytes.length - 8
  if (uint16At(bytes, offset + 2) !== 4) return false
  return uint32At(bytes, offset + 4) === (crc32(bytes, offset) ^ fingerprintXor) >>> 0
}

/** Writes the FINGERPRINT as the last attribute at `offset` and the message's final length. */
export function writeFingerprint(bytes: Uint8Array, offset: number): void {
  setUint16(bytes, 2, offset + 8 - 20)
  setUint16(bytes, offset, fingerprintType)
  setUint16(bytes, offset + 2, 4)
  setUint32(bytes, offset + 4, crc32(bytes, offset) ^ fingerprintXor)
}
