import { createHash } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { AdminRecord, AdminStore } from './deps.ts'
import { readIfThere, replaceFile } from './private-file.ts'

const FILE = 'admin.json'

const text = z.string().min(1)
const role = z.enum(['admin', 'viewer'])

const totpSchema = z.strictObject({
  secret: text,
  usedStep: z.number(),
  recovery: z.array(text),
})

const accountSchema = z.strictObject({
  id: text,
  name: text,
  role,
  passwordHash: text,
  createdAtMs: z.number(),
  lastLoginAtMs: z.number().optional(),
  totp: totpSchema.optional(),
})

const tokenSchema = z.strictObject({
  id: text,
  name: text,
  role,
  fingerprint: text,
  createdAtMs: z.number(),
  createdBy: text,
  expiresAtMs: z.number().optional(),
  lastUsedAtMs: z.number().optional(),
})

const recordSchema = z.strictObject({
  accounts: z.array(accountSchema),
  tokens: z.array(tokenSchema),
})

/** As versions with one admin wrote it. */
const singleSchema = z.strictObject({ passwordHash: text })

/** The record exists and cannot be used; an operator must look at it. */
export class AdminStoreError extends Error {
  readonly code: 'ADMIN_STORE_UNREADABLE' | 'ADMIN_STORE_CHANGED'

  constructor(code: AdminStoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Keeps accounts and tokens as `admin.json` in `directory`, readable by its owner only. A write
 * replaces the whole file at once, so a crash leaves the old record or the new one. The record of a
 * single admin is taken for an account named `admin`, and written anew with the next change.
 */
export function createFileAdminStore(directory: string): AdminStore {
  const file = join(directory, FILE)
  let known: string | undefined
  return {
    load: () => {
      known = readRecord(file)
      return known === undefined ? undefined : parseRecord(known, file)
    },
    save: (record) => {
      if (readRecord(file) !== known) throw changed(file)
      const next = `${JSON.stringify(record)}\n`
      replaceFile(file, next)
      known = next
    },
  }
}

/**
 * Takes the admins and their tokens out of the record in `directory`, so that the next start offers
 * the set-up link. Viewers stay, unless the record is damaged: then it is removed.
 */
export function forgetAdmins(directory: string): 'nothing' | 'admins' | 'everybody' {
  const file = join(directory, FILE)
  const found = readIfThere(file)
  if (found === undefined) return 'nothing'
  const record = tryParse(found, file)
  const accounts = record?.accounts.filter((account) => account.role !== 'admin') ?? []
  const tokens = record?.tokens.filter((token) => token.role !== 'admin') ?? []
  if (accounts.length + tokens.length === 0) rmSync(file)
  else replaceFile(file, `${JSON.stringify({ accounts, tokens })}\n`)
  if (record === undefined) return 'everybody'
  return record.accounts.length === accounts.length ? 'nothing' : 'admins'
}

function tryParse(found: string, file: string): AdminRecord | undefined {
  try {
    return parseRecord(found, file)
  } catch (error) {
    if (error instanceof AdminStoreError) return undefined
    throw error
  }
}

function readRecord(file: string): string | undefined {
  try {
    return readIfThere(file)
  } catch (error) {
    throw unreadable(file, error)
  }
}

function parseRecord(found: string, file: string): AdminRecord {
  try {
    const json: unknown = JSON.parse(found)
    const single = singleSchema.safeParse(json)
    return single.success ? fromSingle(single.data.passwordHash, file) : recordSchema.parse(json)
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** The id is made of what is there, so that it is the same until the record is written anew. */
function fromSingle(passwordHash: string, file: string): AdminRecord {
  const id = createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16)
  const createdAtMs = Math.floor(statSync(file).mtimeMs)
  return { accounts: [{ id, name: 'admin', role: 'admin', passwordHash, createdAtMs }], tokens: [] }
}

function unreadable(file: string, cause: unknown): AdminStoreError {
  const fix = 'restore it from a backup, or remove it to set the admin password anew'
  const message = `${file} cannot be read as the accounts of the admin page: ${fix}`
  return new AdminStoreError('ADMIN_STORE_UNREADABLE', message, { cause })
}

function changed(file: string): AdminStoreError {
  const message = `${file} was changed by another program; it is read again at the next start`
  return new AdminStoreError('ADMIN_STORE_CHANGED', message)
}
