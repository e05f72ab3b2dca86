import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import type { Machine } from './machine.ts'

/** The file that holds the settings; its name says when it is applied: after the system's, before 99-*. */
export const OUR_FILE = '/etc/sysctl.d/90-callbox.conf'

const HEADER = '# Written by callbox tune'

/** Directories of such files; of two with the same name the one in the earlier directory counts (sysctl.d(5)). */
const FOLDERS = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d']

/** Values by key. */
export type Assignments = ReadonlyMap<string, string>

/** What a file sets at boot. */
export type Assigned = Readonly<{ value: string; file: string }>

/** One line to write. A `mayBeMissing` key is no fault at boot where its module is not loaded. */
export type Line = Readonly<{ key: string; value: string; mayBeMissing: boolean }>

/** Reads the text of our file; `undefined` without one. */
export function readOurFile(machine: Machine): Promise<string | undefined> {
  return readIfThere(join(machine.root, OUR_FILE))
}

/** Whether `callbox tune` wrote this text. */
export function isOurs(text: string): boolean {
  return text.startsWith(HEADER)
}

/** Parses `key = value` lines (sysctl.d(5)); globs are left out, none of our keys is set by them. */
export function parseAssignments(text: string): Assignments {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^\s*-?\s*([^\s#;=][^\s=]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (match === null) return []
    return [[(match[1] ?? '').replaceAll('/', '.'), match[2] ?? ''] as const]
  })
  return new Map(lines)
}

/** Writes the text of our file. */
export function formatFile(lines: readonly Line[]): string {
  const each = lines.map(
    ({ key, value, mayBeMissing }) => `${mayBeMissing ? '-' : ''}${key} = ${value}`,
  )
  const advice = '# callbox tune shows why each is set; callbox tune --revert takes them back.'
  return `${[HEADER, advice, ...each].join('\n')}\n`
}

/**
 * Finds what all other files set at boot, by key: the last file in the order of names wins. Files that only root may
 * read count for root alone.
 */
export async function otherAssignments(machine: Machine): Promise<ReadonlyMap<string, Assigned>> {
  const assigned = new Map<string, Assigned>()
  for (const file of await otherFiles(machine)) {
    const text = (await readIfThere(join(machine.root, file), ['EACCES'])) ?? ''
    for (const [key, value] of parseAssignments(text)) assigned.set(key, { value, file })
  }
  return assigned
}

async function otherFiles(machine: Machine): Promise<readonly string[]> {
  const byName = new Map<string, string>()
  for (const folder of FOLDERS) {
    for (const name of await namesIn(join(machine.root, folder))) {
      if (!byName.has(name)) byName.set(name, join(folder, name))
    }
  }
  const inOrder = [...byName].sort(([one], [other]) => (one < other ? -1 : 1))
  return inOrder.map(([, file]) => file).filter((file) => file !== OUR_FILE)
}

/** Whether a file is applied after ours. */
export function comesAfterOurs(file: string): boolean {
  return (file.split('/').at(-1) ?? '') > '90-callbox.conf'
}

/** Writes a file of the machine, whole or not at all, for everybody to read; makes its directory. */
export async function writeWhole(machine: Machine, path: string, text: string): Promise<void> {
  const file = join(machine.root, path)
  const draft = `${file}.${randomUUID()}.draft`
  // Whatever the umask of the shell is: who looks without being root is to see it.
  const made = await mkdir(dirname(file), { recursive: true })
  if (made !== undefined) await chmod(dirname(file), 0o755)
  try {
    await writeFile(draft, text, { flag: 'wx', flush: true })
    await chmod(draft, 0o644)
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Removes a file of the machine, if it is there. */
export function removeFile(machine: Machine, path: string): Promise<void> {
  return rm(join(machine.root, path), { force: true })
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.conf'))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

async function readIfThere(
  path: string,
  passedOver: readonly string[] = [],
): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', ...passedOver].includes(systemErrorCode(error) ?? '')) return undefined
    throw error
  }
}
