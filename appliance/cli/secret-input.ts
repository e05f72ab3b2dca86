import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { ApplianceError, messageOf } from '../errors.ts'

/** Reads the passphrase: the first line of a file, or of standard input for `-`. */
export async function readPassphrase(file: string): Promise<string> {
  const content = file === '-' ? await text(process.stdin) : await readKeyFile(file)
  const [line = ''] = content.split(/\r?\n/)
  if (line !== '') return line
  throw new ApplianceError(
    'BACKUP_KEY',
    'The passphrase is empty.',
    'Put it into the first line of the file.',
  )
}

/** Reads the identities of a file that `age-keygen` wrote. */
export async function readIdentities(file: string): Promise<readonly string[]> {
  const lines = (await readKeyFile(file)).split(/\r?\n/)
  const identities = lines.filter((line) => line.startsWith('AGE-SECRET-KEY-'))
  if (identities.length > 0) return identities
  throw new ApplianceError(
    'BACKUP_KEY',
    `${file} has no identity in it.`,
    'Name the file that age-keygen wrote; it has a line that begins with AGE-SECRET-KEY-1.',
  )
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ApplianceError(
      'BACKUP_KEY',
      `${file} cannot be read: ${messageOf(error)}`,
      'Name a file that you may read.',
      error,
    )
  }
}
