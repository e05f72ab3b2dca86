import { randomUUID } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { loadFfi } from '#turn'
import { isThere } from './files.ts'

// Linux: fcntl.h, linux/fs.h.
const atFdcwd = -100
const renameExchange = 2

const signatures = {
  renameat2: { arguments: ['i32', 'buffer', 'i32', 'buffer', 'u32'], return: 'i32' },
} as const

/**
 * Has two folders trade places in one step (renameat2(2)), so that at no moment one of them is missing. Where the
 * other one is not there yet, or this Node or file system cannot, it takes renames one after the other.
 */
export async function exchange(one: string, other: string, ffi = loadFfi()): Promise<void> {
  if (!(await isThere(other))) return rename(one, other)
  if (ffi !== undefined) {
    const { renameat2 } = ffi.dlopen(null, signatures).functions
    const text = (path: string) => Buffer.from(`${path}\0`)
    if (renameat2(atFdcwd, text(one), atFdcwd, text(other), renameExchange) === 0) return
  }
  const aside = `${one}.${randomUUID()}`
  await rename(other, aside)
  try {
    await rename(one, other)
  } catch (error) {
    await rename(aside, other)
    throw error
  }
  await rename(aside, one)
}
