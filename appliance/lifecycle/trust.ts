import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ApplianceError, messageOf } from '../errors.ts'
import { namesIn, readText } from './files.ts'
import {
  isSignedBy,
  type MinisignKey,
  type MinisignSignature,
  parseMinisignKey,
  parseMinisignSignature,
} from './minisign.ts'

/** A bundle whose content is known to be meant: by whose word, and its hash, to be compared when it is unpacked. */
export type Trusted = Readonly<{ sha256: string; bytes: number; by: string }>

/** Above this the form that signs the file itself, which has to be in memory for it, is refused. */
const MAX_LEGACY_BYTES = 1024 ** 3

/**
 * Finds out whether a bundle may be installed: its SHA-256 is the given one, or `<bundle>.minisig` is a signature by a key of
 * the folder. Throws UPDATE_UNTRUSTED, or UPDATE_BUNDLE_BAD when it cannot be read.
 */
export async function trustBundle(
  bundle: string,
  given: Readonly<{ sha256: string | undefined; keyFolder: string }>,
): Promise<Trusted> {
  const signatureText = given.sha256 === undefined ? await readText(`${bundle}.minisig`) : undefined
  const { sha256, blake2b, bytes } = await hashFile(bundle)
  if (given.sha256 !== undefined) {
    if (sha256 === given.sha256.toLowerCase()) return { sha256, bytes, by: 'the given SHA-256' }
    throw untrusted(
      `${basename(bundle)} has the SHA-256 ${sha256}, not the one that was given.`,
      'Fetch it again. If the hash stays another, do not install it.',
    )
  }
  const keys = await readKeys(given.keyFolder)
  if (keys.size === 0) {
    throw untrusted(
      `There is no key in ${given.keyFolder} that updates could be signed by.`,
      `Put the publisher's minisign key there as NAME.pub, or give the published hash with --sha256.`,
    )
  }
  if (signatureText === undefined) {
    throw untrusted(
      `There is no signature ${bundle}.minisig.`,
      'Fetch it from where the bundle came from, or give the published hash with --sha256.',
    )
  }
  const signature = parseMinisignSignature(signatureText)
  if (signature === undefined) {
    throw untrusted(`${bundle}.minisig is no signature of minisign.`, 'Fetch it again.')
  }
  const signed = signature.prehashed ? blake2b : await readWhole(bundle, bytes, sha256)
  return { sha256, bytes, by: whoSigned(bundle, keys, signature, signed) }
}

function whoSigned(
  bundle: string,
  keys: ReadonlyMap<string, MinisignKey>,
  signature: MinisignSignature,
  signed: Uint8Array,
): string {
  for (const [name, key] of keys) {
    if (isSignedBy(key, signature, signed)) return `${name} (${signature.trustedComment})`
  }
  const known = [...keys.values()].some(({ id }) => id === signature.keyId)
  throw untrusted(
    known
      ? `The signature of ${basename(bundle)} is not right: the file or the signature was changed.`
      : `${basename(bundle)} is signed by the key ${signature.keyId}, which this appliance does not know.`,
    known
      ? 'Fetch both again. If it stays so, do not install it.'
      : `If you trust that key, put it into the folder of update keys. Known are ${[...keys.keys()].join(', ')}.`,
  )
}

async function readKeys(folder: string): Promise<ReadonlyMap<string, MinisignKey>> {
  const keys = new Map<string, MinisignKey>()
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.pub'))
  for (const name of names.sort()) {
    const key = parseMinisignKey(await readFile(join(folder, name), 'utf8'))
    if (key !== undefined) keys.set(name, key)
  }
  return keys
}

async function hashFile(file: string) {
  const sha256 = createHash('sha256')
  const blake2b = createHash('blake2b512')
  let bytes = 0
  try {
    if (!(await stat(file)).isFile()) throw new Error('it is no file')
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      sha256.update(chunk)
      blake2b.update(chunk)
      bytes += chunk.length
    }
  } catch (error) {
    throw new ApplianceError(
      'UPDATE_BUNDLE_BAD',
      `${file} cannot be read: ${messageOf(error)}`,
      'Name the file callbox-<release>-linux-<arch>.tar.zst.',
      error,
    )
  }
  return { sha256: sha256.digest('hex'), blake2b: blake2b.digest(), bytes }
}

async function readWhole(file: string, bytes: number, sha256: string): Promise<Uint8Array> {
  if (bytes > MAX_LEGACY_BYTES) {
    throw untrusted('The bundle is too large for a signature without hashing.', 'Sign it with -H.')
  }
  const content = await readFile(file)
  if (createHash('sha256').update(content).digest('hex') === sha256) return content
  throw untrusted(`${file} changed while it was read.`, 'Copy it to a place of its own first.')
}

function untrusted(message: string, fix: string): ApplianceError {
  return new ApplianceError('UPDATE_UNTRUSTED', message, fix)
}
