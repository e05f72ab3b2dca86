import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import { z } from 'zod'
import { createDataDir, writePrivately } from '../../data-dir.ts'
import { ApplianceError, systemErrorCode } from '../../errors.ts'

/** The keys of the accounts in the data directory, by the directory URL of the authority. */
export const ACCOUNTS_FILE = 'acme-accounts.json'

const keySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
})
const fileSchema = z.record(z.string(), keySchema)

type PrivateJwk = z.infer<typeof keySchema>

/** The key pair that stands for an account (RFC 8555 §6.2); `thumbprint` as RFC 7638 makes it. */
export type AccountKey = Readonly<{
  privateKey: CryptoKey
  publicJwk: Readonly<Record<'kty' | 'crv' | 'x' | 'y', string>>
  thumbprint: string
}>

/** Loads the key of the account with that authority, or makes one and keeps it. Throws ACME_ACCOUNT_UNREADABLE. */
export async function loadAccountKey(dataDir: string, directoryUrl: string): Promise<AccountKey> {
  const file = join(dataDir, ACCOUNTS_FILE)
  const kept = await readKeys(file)
  const known = Object.hasOwn(kept, directoryUrl) ? kept[directoryUrl] : undefined
  if (known !== undefined) return asKey(known)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const made = keySchema.parse(await exportJWK(privateKey))
  await createDataDir(dataDir)
  await writePrivately(file, `${JSON.stringify({ ...kept, [directoryUrl]: made }, null, 2)}\n`)
  return asKey(made)
}

async function asKey(jwk: PrivateJwk): Promise<AccountKey> {
  const { d: _private, ...publicJwk } = jwk
  const privateKey = await importJWK(jwk, 'ES256')
  if (privateKey instanceof Uint8Array) throw new Error('an EC key became a secret')
  return { privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk) }
}

async function readKeys(file: string): Promise<Readonly<Record<string, PrivateJwk>>> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    const system = systemErrorCode(error)
    if (system === 'ENOENT') return {}
    throw new ApplianceError(
      'ACME_ACCOUNT_UNREADABLE',
      `The account keys in ${file} cannot be used: ${system ?? 'the file is damaged'}.`,
      'Let the user of the appliance read it, or move it away: a new account is made.',
      error,
    )
  }
}
