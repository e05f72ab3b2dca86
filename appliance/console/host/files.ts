import { chmod, mkdir, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeDurably } from '../../lifecycle/durable.ts'
import { statIfThere } from '../../lifecycle/files.ts'

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
