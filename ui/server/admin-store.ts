import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { AdminRecord, AdminStore } from './deps.ts'

const recordSchema = z.strictObject({ passwordHash: z.string().min(1) })

/** The record exists and cannot be used; an operator must look at it. */
export class AdminStoreError extends Error {
  readonly code = 'ADMIN_STORE_UNREADABLE'
}

/**
 * Keeps the admin's record as `admin.json` in `directory`, readable by its owner only. A write
 * replaces the whole file at once, so a crash leaves the old record or the new one.
 */
export function createFileAdminStore(directory: string): AdminStore {
  const file = join(directory, 'admin.json')
  return {
    load: () => {
      const text = readIfThere(file)
      return text === undefined ? undefined : parseRecord(text, file)
    },
    save: (record) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      replaceFile(file, `${JSON.stringify(record)}\n`)
    },
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unreadable(file, error)
  }
}

function parseRecord(text: string, file: string): AdminRecord {
  try {
    return recordSchema.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, cause: unknown): AdminStoreError {
  const fix = 'restore it from a backup, or remove it to set the admin password anew'
  return new AdminStoreError(`${file} cannot be read as the admin's record: ${fix}`, { cause })
}

function replaceFile(file: string, text: string): void {
  const draft = `${file}.new`
  rmSync(draft, { force: true })
  const handle = openSync(draft, 'wx', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(draft, file)
}
