import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'

/** A certificate with its chain and its private key, as PEM texts. */
export type KeyPair = Readonly<{ cert: string; key: string }>

/** Refuses texts that are no certificate, no key, not each other's, or that no server takes. Throws CERTIFICATE_INVALID. */
export function checkKeyPair(pair: KeyPair, where: string): X509Certificate {
  try {
    return certificateOf(pair)
  } catch (error) {
    throw new ApplianceError(
      'CERTIFICATE_INVALID',
      `The certificate (${where}) cannot be used: ${messageOf(error)}.`,
      'web.tls.cert_file takes the certificate followed by its chain, web.tls.key_file its private key without a passphrase, both PEM.',
      error,
    )
  }
}

/** Parses a pair and its certificate; `undefined` when no server takes it: it is damaged, or not each other's. */
export function parseKeyPair(pair: KeyPair): X509Certificate | undefined {
  try {
    return certificateOf(pair)
  } catch {
    return undefined
  }
}

function certificateOf({ cert, key }: KeyPair): X509Certificate {
  const certificate = new X509Certificate(cert)
  if (!certificate.checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the private key belongs to another certificate')
  }
  // A server reads the chain too, and refuses keys and signatures that are too weak.
  createSecureContext({ cert, key })
  return certificate
}

/** Writes a pair as the one text that the data directory keeps: the key first, so that both change at once. */
export function keyPairText({ cert, key }: KeyPair): string {
  return withNewline(key) + withNewline(cert)
}

/** Reads what `keyPairText` wrote; `undefined` when there is no such file or no pair in it. Throws CERTIFICATE_UNREADABLE. */
export async function readKeyPair(file: string): Promise<KeyPair | undefined> {
  try {
    const text = await readFile(file, 'utf8')
    const at = text.indexOf('-----BEGIN CERTIFICATE-----')
    return at <= 0 ? undefined : { key: text.slice(0, at), cert: text.slice(at) }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw new ApplianceError(
      'CERTIFICATE_UNREADABLE',
      `The certificate kept in ${file} cannot be read: ${messageOf(error)}`,
      'Let the user of the appliance read it, or delete it: another is made.',
      error,
    )
  }
}

/** Ends a PEM text with one line break, as files keep it. */
export function withNewline(pem: string): string {
  return `${pem.trim()}\n`
}
