import { chmod, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../../errors.ts'
import { writeDurably } from '../../lifecycle/durable.ts'

/** Reads a text file; `undefined` where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Writes a file whole or not at all, with the owner and mode of the one that it replaces; a new one belongs
 * to whom its folder belongs. Neither the umask of root's shell nor that of a hardened host has a say: services read
 * what is written here.
 */
export async function replaceFile(file: string, text: string, newMode = 0o644): Promise<void> {
  const folder = dirname(file)
  const made = await mkdir(folder, { recursive: true })
  if (made !== undefined) await chmod(folder, 0o755)
  const before = await statIfThere(file)
  const mode = before === undefined ? newMode : before.mode & 0o777
  const { uid, gid } = before ?? (await stat(folder))
  await writeDurably(file, text, { mode, uid, gid })
}

/** Makes a file what it was: its text, or not there. */
export async function putBack(file: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(file, { force: true })
  else await replaceFile(file, text)
}

async function statIfThere(file: string) {
  try {
    return await stat(file)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
