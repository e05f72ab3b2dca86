import { KeyObject, webcrypto } from 'node:crypto'
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'

type CryptoKeyPair = webcrypto.CryptoKeyPair

/** How our certificate keys sign: ECDSA with P-256, which every client knows. */
export const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Makes a certificate's key pair, and its private key as PEM. */
export async function makeKeys(): Promise<Readonly<{ keys: CryptoKeyPair; pem: string }>> {
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify'])
  const pem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { keys, pem }
}

/** Writes the request for a certificate of one domain (RFC 2986) as base64url of its DER (RFC 8555 §7.4). */
export async function makeRequest(domain: string, keys: CryptoKeyPair): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: signing,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: domain }])],
  })
  return Buffer.from(request.rawData).toString('base64url')
}
