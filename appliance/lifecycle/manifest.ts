import { z } from 'zod'
import { ApplianceError } from '../errors.ts'
import { checkedPath } from './tar-reader.ts'

/** The first entry of every backup. */
export const MANIFEST_FILE = 'manifest.json'

/** The format that is written and read; a later one has a greater number. */
const FORMAT = 1

export const MAX_FILES = 20_000
export const MAX_FILE_BYTES = 4 * 1024 ** 3
export const MAX_TOTAL_BYTES = 16 * 1024 ** 3
export const MAX_MANIFEST_BYTES = 8 * 1024 ** 2

/** What root alone put into the configuration's folder; by a backup that others made it would be changed as root. */
const ROOTS_OWN = /^config\/(update-keys|firewall\.env|\.template)(\/|$)/

const fileSchema = z.strictObject({
  /** `config/…` or `data/…`, relative to the archive. */
  path: z.string(),
  size: z.int().min(0).max(MAX_FILE_BYTES),
  /** Permission bits. */
  mode: z.int().min(0).max(0o777),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** The version of Callbox that made it, and its release where it was an installed one. */
  version: z.string().max(100),
  release: z.string().max(100).optional(),
  createdAt: z.iso.datetime(),
  hostName: z.string().max(255),
  files: z.array(fileSchema).max(MAX_FILES),
})

/** One file of a backup. */
export type ManifestFile = Readonly<z.infer<typeof fileSchema>>

/** What a backup is and holds. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>

/** Parses the first entry of a backup. Throws BACKUP_BAD, or BACKUP_TOO_NEW for a format of the future. */
export function parseManifest(text: string): Manifest {
  const json = parseJson(text)
  const format = z.object({ format: z.number() }).safeParse(json)
  if (format.success && format.data.format > FORMAT) {
    throw new ApplianceError(
      'BACKUP_TOO_NEW',
      `The backup has format ${format.data.format}; this Callbox reads up to ${FORMAT}.`,
      'Update Callbox to the version that made the backup or a later one, and restore then.',
    )
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success)
    throw badBackup(`its manifest is not valid: ${z.prettifyError(parsed.error)}`)
  checkFiles(parsed.data.files)
  return parsed.data
}

/** Writes it as the text of the first entry. */
export function manifestText(manifest: Omit<Manifest, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`
}

/** What is thrown when a file is no backup, is damaged, or wants more than a backup may. */
export function badBackup(why: string, cause?: unknown): ApplianceError {
  return new ApplianceError(
    'BACKUP_BAD',
    `This is no backup that can be restored: ${why}.`,
    'Nothing was changed. Take another backup, or fetch this one again if it was cut short on its way.',
    cause,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badBackup('its manifest is not JSON', error)
  }
}

function checkFiles(files: readonly ManifestFile[]): void {
  const seen = new Set<string>()
  let total = 0
  for (const { path, size } of files) {
    const problem = checkedPath(path)
    if (problem !== undefined) throw badBackup(`${JSON.stringify(path)} in it ${problem}`)
    if (!/^(config|data)\//.test(path)) throw badBackup(`it has a file of no known place: ${path}`)
    if (ROOTS_OWN.test(path)) throw badBackup(`it would replace ${path}, which is no part of one`)
    if (seen.has(path)) throw badBackup(`it names ${path} twice`)
    seen.add(path)
    total += size
  }
  if (total > MAX_TOTAL_BYTES) throw badBackup(`it would take ${total} bytes`)
  if (!seen.has('data/secrets.json') && !seen.has('config/config.yaml')) {
    throw badBackup('it has neither a configuration nor secrets')
  }
}
