import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { ApplianceError } from '../errors.ts'
import { dayOf, namesOf, pemBlocks } from './certificate-facts.ts'
import { checkKeyPair, type KeyPair } from './key-pair.ts'

/** A pair that can be served, leaf first; or why not and what to do, in words. */
export type Examined = Readonly<{ ok: true; pair: KeyPair } | { ok: false; message: string }>

/** What an upload is held against. `host` is the name or IP that clients are given. */
export type Expected = Readonly<{ host: string; nowMs: number }>

class Refusal extends Error {}

/** Examines what an admin uploaded: both texts may hold key and certificates, in any order. */
export function examineUpload(upload: KeyPair, expected: Expected): Examined {
  try {
    const blocks = pemBlocks(`${upload.cert}\n${upload.key}`)
    const certificates = readCertificates(blocks)
    const key = readKey(blocks)
    const [leaf, ...chain] = inOrder(certificates, key.object)
    checkTime(leaf, expected.nowMs)
    checkNames(leaf, expected.host)
    const cert = [leaf, ...chain].map((each) => each.toString()).join('')
    const pair = { cert, key: key.pem }
    checkServable(pair)
    return { ok: true, pair }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, message: error.message }
    throw error
  }
}

type Blocks = ReturnType<typeof pemBlocks>

function readCertificates(blocks: Blocks): readonly X509Certificate[] {
  const found = blocks.filter(({ label }) => label === 'CERTIFICATE')
  if (found.length > 0) return found.map(({ pem }) => parseCertificate(pem))
  if (blocks.some(({ label }) => label.endsWith('CERTIFICATE REQUEST'))) {
    throw new Refusal(
      'This is the request for a certificate. Give it to an authority, and upload the certificate that you get for it.',
    )
  }
  if (blocks.some(({ label }) => label === 'PKCS7')) {
    throw new Refusal(
      'The certificate is in PKCS #7 form. Convert it with: openssl pkcs7 -print_certs -in FILE',
    )
  }
  throw new Refusal(
    'There is no certificate in it: a PEM text has the line -----BEGIN CERTIFICATE-----. Convert a binary file with: openssl x509 -inform der -in FILE, one with its key in it (.pfx, .p12) with: openssl pkcs12 -nodes -in FILE',
  )
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new Refusal('A certificate in it is damaged. Copy the whole file again.')
  }
}

function readKey(blocks: Blocks): Readonly<{ object: KeyObject; pem: string }> {
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  const [key] = keys
  if (key === undefined) {
    throw new Refusal(
      'There is no private key in it: a PEM text has a line such as -----BEGIN PRIVATE KEY-----. Upload the key that the certificate was requested with.',
    )
  }
  if (keys.length > 1) throw new Refusal('There are several private keys in it. Upload one.')
  if (key.label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(key.pem)) {
    throw new Refusal(
      'The private key is protected by a passphrase. Take it off with: openssl pkey -in FILE -out NEW_FILE',
    )
  }
  const object = parseKey(key.pem)
  checkKind(object)
  return { object, pem: key.pem }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new Refusal('The private key is damaged. Copy the whole file again.')
  }
}

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']
const MIN_RSA_BITS = 2048

/** Browsers take RSA and ECDSA with some curves, and refuse all others without a word. */
function checkKind({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return
  if (asymmetricKeyType === 'ec' && CURVES.includes(namedCurve)) return
  throw new Refusal(
    'Browsers do not take this kind of key. Request a certificate with an ECDSA key (P-256) or an RSA key of at least 2048 bits.',
  )
}

/** The certificate of the key first, then each the issuer of the one before. */
function inOrder(
  certificates: readonly X509Certificate[],
  key: KeyObject,
): readonly [X509Certificate, ...X509Certificate[]] {
  const leaf = certificates.find((each) => each.checkPrivateKey(key))
  if (leaf === undefined) {
    throw new Refusal(
      'The private key belongs to another certificate. Upload the key that this certificate was requested with.',
    )
  }
  const others = new Map(certificates.map((each) => [each.fingerprint256, each]))
  others.delete(leaf.fingerprint256)
  const chain: X509Certificate[] = []
  for (let last = leaf; ; ) {
    const issuer = [...others.values()].find((each) => signed(each, last))
    if (issuer === undefined) break
    others.delete(issuer.fingerprint256)
    chain.push(issuer)
    last = issuer
  }
  const [stray] = others.values()
  if (stray === undefined) return [leaf, ...chain]
  const name = stray.subject.replaceAll('\n', ', ')
  throw new Refusal(
    `A certificate in it is not part of the chain: ${name}. Take it out, or add the ones between.`,
  )
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function checkTime({ validFromDate, validToDate }: X509Certificate, nowMs: number): void {
  if (validToDate.getTime() < nowMs) {
    throw new Refusal(`This certificate expired on ${dayOf(validToDate)}. Get a new one.`)
  }
  if (validFromDate.getTime() > nowMs) {
    throw new Refusal(
      `This certificate is valid from ${dayOf(validFromDate)} on. Check the clock of the server, or wait.`,
    )
  }
}

/** A name that pages are opened by must be in it: browsers that once saw a good one let nobody pass by hand. */
function checkNames(leaf: X509Certificate, host: string): void {
  const names = namesOf(leaf)
  if (names.length === 0) {
    throw new Refusal(
      'This certificate holds no host name where browsers look for it (subjectAltName). Get one that does.',
    )
  }
  if (isIP(host) !== 0 || leaf.checkHost(host, { subject: 'never' }) !== undefined) return
  throw new Refusal(
    `This certificate is for ${names.join(', ')}, and people are led to ${host}. Upload one that holds ${host}, or set public_address to a name of the certificate first.`,
  )
}

/** The last word has the TLS library, which refuses more than can be listed here. */
function checkServable(pair: KeyPair): void {
  try {
    checkKeyPair(pair, 'uploaded')
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    throw new Refusal(`${error.message} Get another one, or another chain, from the authority.`)
  }
}
