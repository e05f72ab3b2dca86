import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from './config/schema.ts'
import { ApplianceError, messageOf, systemErrorCode } from './errors.ts'
import type { Warning } from './warning.ts'

const SECRETS_FILE = 'secrets.json'

const secretsSchema = z.object({
  turnStaticAuthSecret: z.string().min(16),
  livekit: z.object({ key: z.string().min(1), secret: z.string().min(32) }),
  adminApiToken: z.string().min(32),
  turnPreviousSecrets: z
    .array(z.object({ secret: z.string().min(16), retiredAtMs: z.number() }))
    .readonly()
    .default([]),
  livekitPreviousKeys: z
    .array(
      z.object({ key: z.string().min(1), secret: z.string().min(32), retiredAtMs: z.number() }),
    )
    .readonly()
    .default([]),
  turnApiKey: z.string().min(32).optional(),
})

/** The secrets as the file has them; one written by an earlier version lacks the later ones. */
export type StoredSecrets = Readonly<z.infer<typeof secretsSchema>>

/** The secrets generated at the first start; an option of the configuration wins over each. */
export type Secrets = StoredSecrets & Readonly<{ turnApiKey: string }>

/**
 * Creates the data directory (mode 0700) if need be and loads its secrets, generating them once.
 * Repairs a secret file that others may read, and says so. Throws DATA_DIR_UNUSABLE or
 * SECRETS_UNREADABLE.
 */
export async function loadSecrets(
  dataDir: string,
): Promise<Readonly<{ secrets: Secrets; warnings: readonly Warning[] }>> {
  await createDataDir(dataDir)
  const file = join(dataDir, SECRETS_FILE)
  const stored = (await readSecrets(dataDir)) ?? (await createSecrets(file))
  const { turnApiKey = randomKey() } = stored
  const secrets = { ...stored, turnApiKey }
  if (stored.turnApiKey === undefined) await saveSecrets(dataDir, secrets)
  return { secrets, warnings: await closeToOthers(file) }
}

/** Writes the secrets, whole or not at all. Throws DATA_DIR_UNUSABLE. */
export async function saveSecrets(dataDir: string, secrets: Secrets): Promise<void> {
  try {
    await writePrivately(join(dataDir, SECRETS_FILE), toText(secrets))
  } catch (error) {
    throw unusable(dataDir, error)
  }
}

/** The secrets of a running appliance, of which each part changes its own. */
export interface SecretsFile {
  current(): Secrets
  /** Replaces these and keeps the rest, one change at a time; what cannot be written does not change. */
  replace(changed: Partial<Secrets>): Promise<void>
}

/** Keeps the loaded secrets and what `save` keeps the same; `replace` rejects with what it throws. */
export function createSecretsFile(
  loaded: Secrets,
  save: (secrets: Secrets) => Promise<void>,
): SecretsFile {
  let current = loaded
  let writing = Promise.resolve()
  return {
    current: () => current,
    replace(changed) {
      const write = async () => {
        const next = { ...current, ...changed }
        await save(next)
        current = next
      }
      writing = writing.then(write, write)
      return writing
    },
  }
}

/** Reads the secrets without creating any; `undefined` before the first start. */
export async function readSecrets(dataDir: string): Promise<StoredSecrets | undefined> {
  const file = join(dataDir, SECRETS_FILE)
  try {
    return secretsSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    const system = systemErrorCode(error)
    throw new ApplianceError(
      'SECRETS_UNREADABLE',
      `The secrets in ${file} cannot be used: ${system ?? 'the file is damaged'}.`,
      'Put a backup of it back, or move it away: new secrets are generated at the next start, and chat servers must be given them.',
      error,
    )
  }
}

/** Maps LiveKit API keys to secrets; the first pair signs the appliance's own tokens. */
export function livekitKeys(config: Config, secrets: StoredSecrets): ReadonlyMap<string, string> {
  const given = Object.entries(config.livekit.keys)
  if (given.length > 0) return new Map(given)
  const generated = [secrets.livekit, ...secrets.livekitPreviousKeys]
  return new Map(generated.map(({ key, secret }) => [key, secret]))
}

/**
 * Writes a file that only its owner may read, whole or not at all. With `keepExisting` a file that
 * is already there stays; returns whether the text was written.
 */
export async function writePrivately(
  file: string,
  text: string,
  options: Readonly<{ keepExisting?: boolean }> = {},
): Promise<boolean> {
  const draft = `${file}.${randomUUID()}.draft`
  try {
    await writeFile(draft, text, { flag: 'wx', mode: 0o600, flush: true })
    if (options.keepExisting !== true) await rename(draft, file)
    else await link(draft, file)
    return true
  } catch (error) {
    if (options.keepExisting === true && systemErrorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Creates the directory with mode 0700. Throws DATA_DIR_UNUSABLE, naming the options that set it. */
export async function createDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    if (!(await stat(dataDir)).isDirectory()) throw new Error('it is not a directory')
  } catch (error) {
    throw unusable(dataDir, error)
  }
}

function unusable(dataDir: string, error: unknown): ApplianceError {
  return new ApplianceError(
    'DATA_DIR_UNUSABLE',
    `The data directory ${dataDir} cannot be used: ${messageOf(error)}`,
    'Give the user of the appliance write access to it, or name another with --data-dir or CALLBOX_DATA_DIR.',
    error,
  )
}

async function createSecrets(file: string): Promise<StoredSecrets> {
  const secrets: Secrets = {
    turnStaticAuthSecret: randomKey(),
    livekit: randomKeyPair(),
    adminApiToken: randomKey(),
    turnPreviousSecrets: [],
    livekitPreviousKeys: [],
    turnApiKey: randomKey(),
  }
  const dataDir = join(file, '..')
  try {
    const written = await writePrivately(file, toText(secrets), {
      keepExisting: true,
    })
    if (written) return secrets
  } catch (error) {
    throw unusable(dataDir, error)
  }
  const others = await readSecrets(dataDir)
  if (others === undefined) throw new Error(`${file} came and went`)
  return others
}

function toText(secrets: Secrets): string {
  return `${JSON.stringify(secrets, null, 2)}\n`
}

/** 256 random bits, as text without characters that a shell or a URL would mind. */
export function randomKey(): string {
  return randomBytes(32).toString('base64url')
}

/** A LiveKit API key and its secret, in the form that LiveKit's own servers make them. */
export function randomKeyPair(): Readonly<{ key: string; secret: string }> {
  return { key: `API${randomLetters(12)}`, secret: randomLetters(43) }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function randomLetters(length: number): string {
  return Array.from({ length }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')
}

async function closeToOthers(file: string): Promise<Warning[]> {
  const mode = (await stat(file)).mode & 0o777
  if ((mode & 0o077) === 0) return []
  await chmod(file, 0o600)
  return [
    {
      message: `${file} could be read by other users (mode 0${mode.toString(8)}); it is closed to them again.`,
      fix: 'If others have accounts on this machine, move the file away and start again to get new secrets.',
    },
  ]
}
