import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { fixVhdxIdentifiers, vhdxHeadBytes } from './vhdx.ts'
import { fixVmdkIdentifier } from './vmdk.ts'

const kinds = {
  vmdk: { headBytes: 64 * 1024, fix: fixVmdkIdentifier },
  vhdx: { headBytes: vhdxHeadBytes, fix: fixVhdxIdentifiers },
} as const
const chunkBytes = 1024 * 1024

/**
 * Gives a disk file that qemu-img wrote identifiers made from all its other bytes, in the place of random
 * ones: the same disk is the same file, and another disk has other identifiers.
 */
function fixIdentifiers(kind: keyof typeof kinds, path: string): void {
  const { headBytes, fix } = kinds[kind]
  const file = openSync(path, 'r+')
  try {
    const buffer = Buffer.alloc(headBytes)
    const head = buffer.subarray(0, readSync(file, buffer, 0, headBytes, 0))
    fix(head, 'none yet')
    const hash = createHash('sha256').update(head)
    hashRest(file, head.length, hash)
    fix(head, hash.digest('hex'))
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

const [kind = '', path = ''] = process.argv.slice(2)
if (kind !== 'vmdk' && kind !== 'vhdx') throw new Error('usage: fix-identifiers.ts vmdk|vhdx FILE')
fixIdentifiers(kind, path)
