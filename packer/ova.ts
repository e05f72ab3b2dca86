import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** A file of an OVA: where its bytes lie in the archive, and its head of at most 64 KiB. */
export type OvaFile = Readonly<{ name: string; size: number; sha256: string; head: Buffer }>

const blockBytes = 512
const headBytes = 64 * 1024
const chunkBytes = 1024 * 1024

/**
 * Reads the files of an OVA in their order, each once from end to end.
 * @throws Error when it is not a plain ustar archive (POSIX.1-1988), which is what an OVA has to be
 */
export function readOva(path: string): OvaFile[] {
  const archive = openSync(path, 'r')
  try {
    const files: OvaFile[] = []
    let position = 0
    for (;;) {
      const header = Buffer.alloc(blockBytes)
      if (readSync(archive, header, 0, blockBytes, position) < blockBytes)
        throw new Error('the archive ends without its mark of the end')
      if (header.every((byte) => byte === 0)) return files
      const file = readFile(archive, header, position + blockBytes)
      files.push(file)
      position += blockBytes + Math.ceil(file.size / blockBytes) * blockBytes
    }
  } finally {
    closeSync(archive)
  }
}

function readFile(archive: number, header: Buffer, position: number): OvaFile {
  if (header.toString('latin1', 257, 265) !== 'ustar\x0000') throw new Error('not a ustar archive')
  const name = textAt(header, 0, 100)
  if (checksumOf(header) !== Number.parseInt(textAt(header, 148, 8), 8))
    throw new Error(`the archive's header of ${name} has a wrong checksum`)
  if (header.toString('latin1', 156, 157) !== '0') throw new Error(`${name} is not a plain file`)
  const size = Number.parseInt(textAt(header, 124, 12), 8)
  const hash = createHash('sha256')
  const chunk = Buffer.alloc(chunkBytes)
  let head = Buffer.alloc(0)
  for (let done = 0; done < size; ) {
    const read = readSync(archive, chunk, 0, Math.min(chunkBytes, size - done), position + done)
    if (read === 0) throw new Error(`the archive ends within ${name}`)
    hash.update(chunk.subarray(0, read))
    if (done === 0) head = Buffer.from(chunk.subarray(0, Math.min(read, headBytes)))
    done += read
  }
  return { name, size, sha256: hash.digest('hex'), head }
}

/** The sum of a header's bytes, with those of the checksum itself taken as spaces. */
function checksumOf(header: Buffer): number {
  const counted = Buffer.from(header).fill(' ', 148, 156)
  return counted.reduce((sum, byte) => sum + byte, 0)
}

function textAt(header: Buffer, offset: number, size: number): string {
  return header.toString('latin1', offset, offset + size).replace(/[\0 ].*$/s, '')
}
