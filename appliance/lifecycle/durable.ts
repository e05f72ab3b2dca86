import { randomUUID } from 'node:crypto'
import { chmod, mkdir, open, rename, rm, symlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes what was renamed, linked or removed in a folder outlast a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Who may do what with a file; without `uid` and `gid` it belongs to whoever writes it. */
export type Access = Readonly<{ mode: number; uid?: number; gid?: number }>

/** Writes a file whole or not at all, so that it outlasts a loss of power. */
export async function writeDurably(
  file: string,
  text: string | Uint8Array,
  { mode, uid, gid }: Access = { mode: 0o600 },
): Promise<void> {
  const draft = `${file}.${randomUUID()}.draft`
  try {
    const handle = await open(draft, 'wx', mode)
    try {
      if (uid !== undefined && gid !== undefined) await handle.chown(uid, gid)
      await handle.chmod(mode)
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(file))
}

/** Points a link to another target in one step. */
export async function replaceLink(link: string, target: string): Promise<void> {
  const draft = `${link}.${randomUUID()}.draft`
  try {
    await symlink(target, draft)
    await rename(draft, link)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(link))
}

/** Removes a file so that it stays removed after a loss of power. */
export async function removeDurably(file: string): Promise<void> {
  await rm(file, { force: true })
  await syncFolder(dirname(file))
}

/** Makes a folder that only its owner may enter. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (made !== undefined) await chmod(folder, 0o700)
}
