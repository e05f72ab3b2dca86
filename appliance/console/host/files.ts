import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../../errors.ts'

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
 * to whom its folder belongs.
 */
export async function replaceFile(file: string, text: string, newMode = 0o644): Promise<void> {
  const draft = `${file}.draft`
  await mkdir(dirname(file), { recursive: true })
  const before = await statIfThere(file)
  const mode = before === undefined ? newMode : before.mode & 0o777
  await rm(draft, { force: true })
  try {
    await writeFile(draft, text, { mode, flag: 'wx', flush: true })
    const { uid, gid } = before ?? (await stat(dirname(file)))
    await chown(draft, uid, gid)
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
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
