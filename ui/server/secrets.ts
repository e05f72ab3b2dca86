import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal; takes as long for a near miss as for a wild guess. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

/** What is kept of a secret that need only be recognised: its SHA-256, base64url. */
export function fingerprint(secret: string): string {
  return digest(secret).toString('base64url')
}

/** Random bytes as text that fits in a URL. */
export function randomText(random: (bytes: number) => Uint8Array, bytes: number): string {
  return Buffer.from(random(bytes)).toString('base64url')
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
