import { createHash } from 'node:crypto'
import { crc32c } from './crc32c.ts'

/** How much of a VHDX file from its start holds all that {@link fixVhdxIdentifiers} reads or writes. */
export const vhdxHeadBytes = 8 * 2 ** 20

// Places and sizes: MS-VHDX 2.2 (header section) and 2.6 (metadata region).
const headerOffsets = [64 * 1024, 128 * 1024]
const headerBytes = 4096
const regionTableOffset = 192 * 1024
const metadataRegion = '06a27c8b90479a4bb8fe575f050f886e'
const page83Item = 'ab12cabee6b2234593efc309e000c746'

/**
 * Puts GUIDs made from `seed` in the place of the random ones of a VHDX file that was closed in order:
 * file write, data write and disk id; numbers its headers anew and empties its log, which such a file does
 * not need.
 * @throws Error when the log still holds writes or a part is not where the format has it
 */
export function fixVhdxIdentifiers(head: Buffer, seed: string): void {
  if (head.toString('latin1', 0, 8) !== 'vhdxfile') throw new Error('this is no VHDX file')
  for (const [index, offset] of headerOffsets.entries()) {
    const header = head.subarray(offset, offset + headerBytes)
    if (header.toString('latin1', 0, 4) !== 'head') throw new Error('a VHDX header is missing')
    if (header.subarray(48, 64).some((byte) => byte !== 0))
      throw new Error('the VHDX log still holds writes: the file was not closed in order')
    guid(seed, 'file').copy(header, 16)
    guid(seed, 'data').copy(header, 32)
    const logOffset = Number(header.readBigUInt64LE(72))
    head.fill(0, logOffset, logOffset + header.readUInt32LE(68))
    // The header with the higher sequence number is the current one; QEMU begins at a random number.
    header.writeBigUInt64LE(BigInt(index + 1), 8)
    header.writeUInt32LE(0, 4)
    header.writeUInt32LE(crc32c(header), 4)
  }
  const metadata = entryAt(head, regionTableOffset, metadataRegion)
  const table = Number(head.readBigUInt64LE(metadata + 16))
  const item = entryAt(head, table, page83Item)
  guid(seed, 'disk').copy(head, table + head.readUInt32LE(item + 16))
}

/** Where the entry of this GUID begins in a region table or a metadata table: both have entries of 32 bytes. */
function entryAt(head: Buffer, table: number, name: string): number {
  const isRegionTable = head.toString('latin1', table, table + 4) === 'regi'
  const count = isRegionTable ? head.readUInt32LE(table + 8) : head.readUInt16LE(table + 10)
  const first = table + (isRegionTable ? 16 : 32)
  for (let index = 0; index < count; index++) {
    const entry = first + 32 * index
    if (head.toString('hex', entry, entry + 16) === name) return entry
  }
  throw new Error(`the VHDX table at ${table} has no entry ${name}`)
}

function guid(seed: string, label: string): Buffer {
  const bytes = createHash('sha256').update(`vhdx ${label} ${seed}`).digest().subarray(0, 16)
  // Version 8 and the variant of RFC 9562 5.8; the first three fields of a GUID are little-endian.
  bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes
}
