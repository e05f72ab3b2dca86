import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ReadableStream } from 'node:stream/web'
import { armor, Decrypter, Encrypter } from 'age-encryption'
import { ApplianceError, messageOf } from '../errors.ts'

/** Who can open an encrypted file: who knows the passphrase, or has the identity of a recipient (`age1…`). */
export type Lock = Readonly<{ passphrase: string } | { recipients: readonly string[] }>

/** What opens it: a passphrase, or identities (`AGE-SECRET-KEY-1…`). */
export type Key = Readonly<{ passphrase: string } | { identities: readonly string[] }>

const PLAIN_BEGINS = 'age-encryption.org/'
const ARMOR_BEGINS = '-----BEGIN AGE ENCRYPTED FILE-----'
const MIN_PASSPHRASE_LENGTH = 12

/** Whether a file that begins so is encrypted in the age format, as bytes or as text. */
export function isEncrypted(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString('latin1')
  return text.startsWith(PLAIN_BEGINS) || text.startsWith(ARMOR_BEGINS)
}

/** Encrypts a stream in the age format (age-encryption.org/v1). Throws BACKUP_KEY for a key of no use. */
export async function encrypt(plain: Readable, lock: Lock): Promise<Readable> {
  const encrypter = new Encrypter()
  if ('passphrase' in lock) {
    if (lock.passphrase.length < MIN_PASSPHRASE_LENGTH) {
      throw new ApplianceError(
        'BACKUP_KEY',
        `The passphrase has fewer than ${MIN_PASSPHRASE_LENGTH} characters, and whoever has the file can try many.`,
        'Take four random words or more.',
      )
    }
    encrypter.setPassphrase(lock.passphrase)
  } else for (const recipient of lock.recipients) addRecipient(encrypter, recipient)
  return fromWeb(await encrypter.encrypt(toWeb(plain)))
}

/** Decrypts an age file, in bytes or armor. Throws BACKUP_KEY when the key does not open it. */
export async function decrypt(encrypted: Readable, head: Uint8Array, key: Key): Promise<Readable> {
  const decrypter = new Decrypter()
  if ('passphrase' in key) decrypter.addPassphrase(key.passphrase)
  else for (const identity of key.identities) addIdentity(decrypter, identity)
  const isText = Buffer.from(head).toString('latin1').startsWith(ARMOR_BEGINS)
  const bytes = isText ? await withoutArmor(encrypted) : encrypted
  try {
    return fromWeb(await decrypter.decrypt(toWeb(bytes)))
  } catch (error) {
    throw new ApplianceError(
      'BACKUP_KEY',
      `The key does not open the backup: ${messageOf(error)}.`,
      'Give the passphrase or the identity that it was encrypted for.',
      error,
    )
  }
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient)
  } catch (error) {
    throw new ApplianceError(
      'BACKUP_KEY',
      `${recipient} is no recipient: ${messageOf(error)}.`,
      'Give the public key that age-keygen prints; it begins with age1.',
      error,
    )
  }
}

function addIdentity(decrypter: Decrypter, identity: string): void {
  try {
    decrypter.addIdentity(identity)
  } catch (error) {
    throw new ApplianceError(
      'BACKUP_KEY',
      `The identity cannot be used: ${messageOf(error)}.`,
      'Give the file that age-keygen wrote, with a line AGE-SECRET-KEY-1….',
      error,
    )
  }
}

async function withoutArmor(text: Readable): Promise<Readable> {
  try {
    return Readable.from([armor.decode((await buffer(text)).toString('latin1'))])
  } catch (error) {
    throw new ApplianceError('BACKUP_BAD', 'The armor is damaged.', 'Fetch it again.', error)
  }
}

// Node's web streams and those of the DOM's types are the same objects.
type AgeStream = Parameters<Encrypter['encrypt']>[0] & object

function toWeb(stream: Readable): Extract<AgeStream, { getReader: unknown }> {
  return Readable.toWeb(stream) as unknown as Extract<AgeStream, { getReader: unknown }>
}

function fromWeb(stream: unknown): Readable {
  return Readable.fromWeb(stream as ReadableStream<Uint8Array>)
}
