import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { fixVhdxIdentifiers, vhdxHeadBytes } from './vhdx.ts'
import { fixVmdkIdentifier } from './vmdk.ts'

const kinds = {
  vmdk: { headBytes: 64 * 1024, fix: fixVmdkIdentifier },
  vhdx: { headBytes: vhdxHeadBytes, fix: fixVhdxIdentifiers },
} as const

// fix-identifiers.ts vmdk|vhdx FILE SEED: qemu-img gives each file random identifiers; the same seed gives the same.
const [kind = '', path = '', seed = ''] = process.argv.slice(2)
if (!Object.hasOwn(kinds, kind) || seed === '') {
  throw new Error('usage: fix-identifiers.ts vmdk|vhdx FILE SEED')
}
const { headBytes, fix } = kinds[kind as keyof typeof kinds]
const file = openSync(path, 'r+')
const head = Buffer.alloc(headBytes)
const read = readSync(file, head, 0, headBytes, 0)
fix(head.subarray(0, read), seed)
writeSync(file, head, 0, read, 0)
closeSync(file)
