import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomSource } from './deps.ts'

/** Bounds of a password, in characters: long enough to resist guessing, short enough to hash at once. */
export const PASSWORD_LENGTH = { min: 10, max: 256 }

const COST = { N: 2 ** 16, r: 8, p: 1 }
const KEY_BYTES = 32
const SALT_BYTES = 16

/** Turns passwords into hashes and checks them: scrypt (RFC 7914), one at a time. */
export interface PasswordHasher {
  /** `scrypt$N$r$p$salt$key`, salt and key base64url. */
  hash(password: string): Promise<string>
  /** Throws when `hash` is not of that form. */
  verify(password: string, hash: string): Promise<boolean>
  /** A hash of no password: checking against it takes as long as any. */
  decoy(): string
}

/** Each hash holds 64 MB while it runs, so a crowd of log-ins waits in line. */
export function createPasswordHasher(random: RandomSource): PasswordHasher {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = Buffer.from(random(SALT_BYTES))
        return format(salt, await derive(password, salt, COST))
      }),
    verify: (password, hash) =>
      inTurn(async () => {
        const { salt, key, cost } = parseHash(hash)
        return timingSafeEqual(await derive(password, salt, cost), key)
      }),
    decoy: () => format(Buffer.from(random(SALT_BYTES)), Buffer.from(random(KEY_BYTES))),
  }
}

function format(salt: Buffer, key: Buffer): string {
  const { N, r, p } = COST
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

function parseHash(hash: string): { salt: Buffer; key: Buffer; cost: typeof COST } {
  const [scheme, n, r, p, salt, key] = hash.split('$')
  const parsed = {
    salt: Buffer.from(salt ?? '', 'base64url'),
    key: Buffer.from(key ?? '', 'base64url'),
    cost: { N: Number(n), r: Number(r), p: Number(p) },
  }
  if (scheme !== 'scrypt' || parsed.key.length !== KEY_BYTES || parsed.salt.length === 0) {
    throw new Error('a stored password hash is damaged')
  }
  return parsed
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
