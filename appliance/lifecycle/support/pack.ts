import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { create } from 'tar'
import { ApplianceError, messageOf } from '../../errors.ts'
import { fileExists } from '../backup.ts'
import { isThere } from '../files.ts'

/** Packs a folder into a file for its owner alone, whole or not at all. Throws FILE_EXISTS or SUPPORT_FAILED. */
export async function packFolder(
  cwd: string,
  name: string,
  file: string,
  { force }: Readonly<{ force: boolean }>,
): Promise<void> {
  if (!force && (await isThere(file))) throw fileExists(file)
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}.draft`)
  try {
    const handle = await open(draft, 'wx', 0o600)
    const packed = Readable.from(create({ cwd, gzip: true, portable: true }, [name]))
    await pipeline(packed, handle.createWriteStream({ flush: true }))
    await rename(draft, file)
  } catch (error) {
    throw new ApplianceError(
      'SUPPORT_FAILED',
      `${file} cannot be written: ${messageOf(error)}`,
      'Name a file in a folder that exists, may be written to and has room.',
      error,
    )
  } finally {
    await rm(draft, { force: true })
  }
}
