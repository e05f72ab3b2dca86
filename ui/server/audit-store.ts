import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { AuditEntry } from '#api'
import type { AuditStore } from './deps.ts'
import { giveToOwner, isMissing } from './private-file.ts'

const MAX_BYTES = 1_000_000
const NEWLINE = 10

/** Root's commands write here too, for whoever the folder belongs to: a link there must lead them nowhere. */
const APPEND_TO_ITSELF =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK

const entrySchema = z.object({
  atMs: z.number(),
  by: z.string(),
  address: z.string(),
  action: z.string(),
  text: z.string(),
})

/**
 * Keeps the audit log as `audit.jsonl` in `directory`, an entry a line, readable by its owner only.
 * When the file is full it becomes `audit.1.jsonl`, in place of the one of that name.
 */
export function createFileAuditStore(directory: string, maxBytes = MAX_BYTES): AuditStore {
  const file = join(directory, 'audit.jsonl')
  const before = join(directory, 'audit.1.jsonl')
  return {
    append(entry) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const line = `${JSON.stringify(entry)}\n`
      if (appendLine(file, line, maxBytes)) return
      renameSync(file, before)
      appendLine(file, line, Number.POSITIVE_INFINITY)
    },
    async read() {
      return [...(await entriesOf(before)), ...(await entriesOf(file))]
    },
  }
}

/** Answers `false`, and writes nothing, when the file would become larger than `maxBytes`. */
function appendLine(file: string, line: string, maxBytes: number): boolean {
  const handle = openSync(file, APPEND_TO_ITSELF, 0o600)
  try {
    const { size, nlink } = fstatSync(handle)
    if (nlink > 1) throw new Error(`${file} has other names too`)
    if (size > 0 && size + line.length > maxBytes) return false
    giveToOwner(handle, join(file, '..'))
    writeSync(handle, endsInMidLine(handle, size) ? `\n${line}` : line)
    return true
  } finally {
    closeSync(handle)
  }
}

/** A power failure may have cut the last line; the next must not become a part of it. */
function endsInMidLine(handle: number, size: number): boolean {
  if (size === 0) return false
  const last = Buffer.alloc(1)
  readSync(handle, last, 0, 1, size - 1)
  return last[0] !== NEWLINE
}

async function entriesOf(file: string): Promise<readonly AuditEntry[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').flatMap(parseLine)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function parseLine(line: string): readonly AuditEntry[] {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(line))
    return parsed.success ? [parsed.data] : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

/** Keeps the audit log in memory, for where there is no directory; the oldest entries are dropped. */
export function createMemoryAuditStore(maxEntries = 1000): AuditStore {
  const entries: AuditEntry[] = []
  return {
    append(entry) {
      entries.push(entry)
      if (entries.length > maxEntries) entries.shift()
    },
    read: async () => entries,
  }
}
