import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import type { Machine } from './machine.ts'
import { OUR_FILE, writeWhole } from './sysctl-files.ts'

/** A directory of root's alone: root writes to the kernel what lies here, so the service must not own it. */
const FOLDER = '/var/lib/callbox-tune'

/** Where it is kept what was before. */
export const ORIGINALS_FILE = `${FOLDER}/before.json`

const originalsSchema = z.strictObject({
  /** The kernel's own texts by key. */
  before: z.record(z.string(), z.string()),
  /** A file of the same name that somebody else had written. */
  fileBefore: z.string().optional(),
  /** Whether settings that cannot be changed from here were left to the host. */
  partial: z.boolean(),
})

/** What was before the first `--apply`. */
export type Originals = Readonly<z.infer<typeof originalsSchema>>

/** Reads what was before; `undefined` where nothing is applied. Throws TUNE_STATE_UNREADABLE. */
export async function readOriginals(machine: Machine): Promise<Originals | undefined> {
  try {
    const text = await readFile(join(machine.root, ORIGINALS_FILE), 'utf8')
    return originalsSchema.parse(JSON.parse(text))
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT') return undefined
    const why = code ?? (error instanceof z.ZodError ? 'it is damaged' : messageOf(error))
    throw new ApplianceError(
      'TUNE_STATE_UNREADABLE',
      `What the kernel settings were before cannot be read from ${ORIGINALS_FILE}: ${why}.`,
      code === 'EACCES'
        ? 'Run it as root.'
        : `Put a backup of it back, or remove it and ${OUR_FILE}: the kernel's own values return at the next boot.`,
      error,
    )
  }
}

/** Keeps what was before. */
export function writeOriginals(machine: Machine, originals: Originals): Promise<void> {
  return writeWhole(machine, ORIGINALS_FILE, `${JSON.stringify(originals, null, 2)}\n`)
}

/** Forgets what was before. */
export function removeOriginals(machine: Machine): Promise<void> {
  return rm(join(machine.root, FOLDER), { recursive: true, force: true })
}
