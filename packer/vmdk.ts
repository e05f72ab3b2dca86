/** Bytes of a sector, the unit of every offset in a VMDK file. */
export const sectorBytes = 512

/** Sectors of a grain: the piece of the disk that is compressed by itself. */
export const grainSectors = 128

/** Grains that one grain table holds. */
export const grainsPerTable = 512

/** Where the embedded descriptor begins, and how many sectors are kept for it. */
export const descriptorPlace = { offset: 1, sectors: 20 } as const

/** What a stream says of its grain directory before it has written it. */
export const directoryAtEnd = 0xffff_ffff_ffff_ffffn

const magic = 'KDMV'
const streamVersion = 3
// Bit 0: the line ends below are to be checked; 16: compressed grains; 17: markers.
const streamFlags = 0x30001
const compressedFlag = 1 << 16
const deflate = 1

/** What the head of a sparse VMDK file says ("Virtual Disk Format 5.0", VMware). */
export type VmdkHead = Readonly<{
  version: number
  isCompressed: boolean
  capacityBytes: number
  contentId: string
  createType: string
}>

/**
 * Reads the head of a sparse VMDK file: the first 64 KiB hold it and the descriptor.
 * @returns undefined when it is none
 */
export function parseVmdkHead(head: Uint8Array): VmdkHead | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < sectorBytes || bytes.toString('latin1', 0, 4) !== magic) return undefined
  const descriptor = descriptorOf(bytes).toString('latin1')
  const field = (name: string) => new RegExp(`^${name}="?(.*?)"?$`, 'm').exec(descriptor)?.[1] ?? ''
  return {
    version: bytes.readUInt32LE(4),
    isCompressed: (bytes.readUInt32LE(8) & compressedFlag) !== 0,
    capacityBytes: Number(bytes.readBigUInt64LE(12)) * sectorBytes,
    contentId: field('CID'),
    createType: field('createType'),
  }
}

/**
 * The sector that begins a stream-optimized file, and, with the grain directory's place, the footer that
 * ends it ("Virtual Disk Format 5.0": SparseExtentHeader).
 */
export function encodeVmdkHeader(capacitySectors: number, directoryOffset: bigint): Buffer {
  const header = Buffer.alloc(sectorBytes)
  header.write(magic, 0, 'latin1')
  header.writeUInt32LE(streamVersion, 4)
  header.writeUInt32LE(streamFlags, 8)
  header.writeBigUInt64LE(BigInt(capacitySectors), 12)
  header.writeBigUInt64LE(BigInt(grainSectors), 20)
  header.writeBigUInt64LE(BigInt(descriptorPlace.offset), 28)
  header.writeBigUInt64LE(BigInt(descriptorPlace.sectors), 36)
  header.writeUInt32LE(grainsPerTable, 44)
  header.writeBigUInt64LE(directoryOffset, 56)
  header.writeBigUInt64LE(BigInt(grainSectors), 64)
  header.write('\n \r\n', 73, 'latin1')
  header.writeUInt16LE(deflate, 77)
  return header
}

/** The text of the descriptor, which says what the disk is; `contentId` is 32 hexadecimal digits. */
export function vmdkDescriptor(name: string, capacitySectors: number, contentId: string): string {
  const cylinders = Math.min(Math.floor(capacitySectors / (255 * 63)), 65535)
  // Of the short id ffffffff means none, fffffffe not yet known: its first bit is taken away.
  const shortId = (Number.parseInt(contentId.slice(0, 8), 16) >>> 1).toString(16).padStart(8, '0')
  return `# Disk DescriptorFile
version=1
CID=${shortId}
parentCID=ffffffff
createType="streamOptimized"

# Extent description
RW ${capacitySectors} SPARSE "${name}"

# The Disk Data Base
#DDB

ddb.adapterType = "lsilogic"
ddb.encoding = "UTF-8"
ddb.geometry.cylinders = "${cylinders}"
ddb.geometry.heads = "255"
ddb.geometry.sectors = "63"
ddb.longContentID = "${contentId}"
ddb.toolsVersion = "2147483647"
ddb.virtualHWVersion = "13"
`
}

function descriptorOf(head: Buffer): Buffer {
  const offset = Number(head.readBigUInt64LE(28)) * sectorBytes
  const size = Number(head.readBigUInt64LE(36)) * sectorBytes
  return head.subarray(offset, offset + size)
}
