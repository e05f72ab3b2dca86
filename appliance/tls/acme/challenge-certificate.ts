import {
  Extension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { KeyPair } from '../key-pair.ts'
import { makeKeys, signing } from './signing-keys.ts'

/** id-pe-acmeIdentifier (RFC 8737 §6.1). */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31'

const DAY_MS = 86_400_000

/** Makes the self-signed certificate that proves control of a domain; `digest` is SHA-256 of the key authorization (RFC 8737 §3). */
export async function makeChallengeCertificate(domain: string, digest: Buffer): Promise<KeyPair> {
  const { keys, pem } = await makeKeys()
  const octetString = Buffer.concat([Buffer.of(0x04, digest.length), digest])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: signing,
    name: 'CN=ACME challenge',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [
      new SubjectAlternativeNameExtension([{ type: 'dns', value: domain }]),
      new Extension(ACME_IDENTIFIER, true, octetString),
    ],
  })
  return { cert: `${certificate.toString('pem')}\n`, key: pem }
}
