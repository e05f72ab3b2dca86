/** Reads an unsigned 16-bit big-endian number; bytes beyond the end count as 0. */
export function uint16At(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}

/** Reads an unsigned 32-bit big-endian number; bytes beyond the end count as 0. */
export function uint32At(bytes: Uint8Array, offset: number): number {
  return ((uint16At(bytes, offset) << 16) | uint16At(bytes, offset + 2)) >>> 0
}

/** Writes an unsigned 16-bit big-endian number. */
export function setUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8
  bytes[offset + 1] = value
}

/** Writes an unsigned 32-bit big-endian number. */
export function setUint32(bytes: Uint8Array, offset: number, value: number): void {
  setUint16(bytes, offset, value >>> 16)
  setUint16(bytes, offset + 2, value & 0xffff)
}

/** The next multiple of four: attributes and ChannelData on streams are padded to it. */
export function paddedLength(length: number): number {
  return (length + 3) & ~3
}
