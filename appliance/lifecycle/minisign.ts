import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** A public key as `minisign -G` writes it. */
export type MinisignKey = Readonly<{ id: string; key: KeyObject }>

/** A signature file: what it signs is the file itself, or its BLAKE2b-512 hash when `prehashed`. */
export type MinisignSignature = Readonly<{
  keyId: string
  prehashed: boolean
  signature: Buffer
  trustedComment: string
  commentSignature: Buffer
}>

// jedisct1.github.io/minisign, "Signature format" and "Public key format".
const LEGACY = 'Ed'
const PREHASHED = 'ED'
const KEY_BYTES = 2 + 8 + 32
const SIGNATURE_BYTES = 2 + 8 + 64
const TRUSTED_COMMENT = 'trusted comment: '

/** Parses a public key file, or the line with the key alone; `undefined` for what is none. */
export function parseMinisignKey(text: string): MinisignKey | undefined {
  const line = linesOf(text).find((candidate) => !candidate.startsWith('untrusted comment:'))
  const bytes = decodeBase64(line, KEY_BYTES)
  if (bytes === undefined || bytes.toString('latin1', 0, 2) !== LEGACY) return undefined
  const x = bytes.subarray(10).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return { id: keyId(bytes), key }
}

/** Parses a signature file (`.minisig`); `undefined` for what is none. */
export function parseMinisignSignature(text: string): MinisignSignature | undefined {
  const [, signatureLine, comment = '', commentLine] = linesOf(text)
  const bytes = decodeBase64(signatureLine, SIGNATURE_BYTES)
  const commentSignature = decodeBase64(commentLine, 64)
  if (bytes === undefined || commentSignature === undefined) return undefined
  if (!comment.startsWith(TRUSTED_COMMENT)) return undefined
  const algorithm = bytes.toString('latin1', 0, 2)
  if (algorithm !== LEGACY && algorithm !== PREHASHED) return undefined
  return {
    keyId: keyId(bytes),
    prehashed: algorithm === PREHASHED,
    signature: bytes.subarray(10),
    trustedComment: comment.slice(TRUSTED_COMMENT.length),
    commentSignature,
  }
}

/** Whether the key signed these bytes (the file, or its hash) and the trusted comment. */
export function isSignedBy(
  { id, key }: MinisignKey,
  { keyId: signer, signature, trustedComment, commentSignature }: MinisignSignature,
  signed: Uint8Array,
): boolean {
  if (id !== signer || !verify(null, signed, key, signature)) return false
  return verify(
    null,
    Buffer.concat([signature, Buffer.from(trustedComment)]),
    key,
    commentSignature,
  )
}

/** The key's number as minisign prints it. */
function keyId(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(2, 10)).reverse().toString('hex').toUpperCase()
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/\r$/, ''))
}

function decodeBase64(line: string | undefined, length: number): Buffer | undefined {
  if (line === undefined || !/^[A-Za-z0-9+/]+=*$/.test(line)) return undefined
  const bytes = Buffer.from(line, 'base64')
  return bytes.length === length ? bytes : undefined
}
