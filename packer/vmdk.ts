import { createHash } from 'node:crypto'

const sectorBytes = 512
const compressed = 1 << 16

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
  if (bytes.length < sectorBytes || bytes.toString('latin1', 0, 4) !== 'KDMV') return undefined
  const descriptor = descriptorOf(bytes).toString('latin1')
  const field = (name: string) => new RegExp(`^${name}="?(.*?)"?$`, 'm').exec(descriptor)?.[1] ?? ''
  return {
    version: bytes.readUInt32LE(4),
    isCompressed: (bytes.readUInt32LE(8) & compressed) !== 0,
    capacityBytes: Number(bytes.readBigUInt64LE(12)) * sectorBytes,
    contentId: field('CID'),
    createType: field('createType'),
  }
}

/** Puts a content id made from `seed` in the place of the random one of a VMDK file's head. */
export function fixVmdkIdentifier(head: Buffer, seed: string): void {
  const descriptor = descriptorOf(head)
  const text = descriptor.toString('latin1').replace(/\0+$/, '')
  if (!/^CID=[0-9a-f]{1,8}$/m.test(text)) throw new Error('the VMDK descriptor names no CID')
  // ffffffff means none, fffffffe not yet known.
  const id = createHash('sha256').update(`vmdk ${seed}`).digest().readUInt32BE(0) >>> 1
  const fixed = text.replace(/^CID=.*$/m, `CID=${id.toString(16).padStart(8, '0')}`)
  descriptor.fill(0)
  descriptor.write(fixed, 'latin1')
}

function descriptorOf(head: Buffer): Buffer {
  const offset = Number(head.readBigUInt64LE(28)) * sectorBytes
  const size = Number(head.readBigUInt64LE(36)) * sectorBytes
  return head.subarray(offset, offset + size)
}
