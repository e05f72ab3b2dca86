import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { fixVhdxIdentifiers, vhdxHeadBytes } from './vhdx.ts'

const chunkBytes = 1024 * 1024

/**
 * Gives a VHDX file that qemu-img wrote identifiers made from all its other bytes, in the place of random
 * ones: the same disk is the same file, and another disk has other identifiers.
 */
function fixVhdx(path: string): void {
  const file = openSync(path, 'r+')
  try {
    const buffer = Buffer.alloc(vhdxHeadBytes)
    const head = buffer.subarray(0, readSync(file, buffer, 0, vhdxHeadBytes, 0))
    fixVhdxIdentifiers(head, 'none yet')
    const hash = createHash('sha256').update(head)
    hashRest(file, head.length, hash)
    fixVhdxIdentifiers(head, hash.digest('hex'))
    writeSync(file, head, 0, head.length, 0)
  } finally {
    closeSync(file)
  }
}

function hashRest(file: number, from: number, hash: ReturnType<typeof createHash>): void {
  const chunk = Buffer.alloc(chunkBytes)
  for (let position = from; ; ) {
    const read = readSync(file, chunk, 0, chunkBytes, position)
    if (read === 0) return
    hash.update(chunk.subarray(0, read))
    position += read
  }
}

const [path] = process.argv.slice(2)
if (!path) throw new Error('usage: fix-vhdx.ts FILE')
fixVhdx(path)
