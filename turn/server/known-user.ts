import { longTermKey, type PasswordAlgorithm } from '../protocol/integrity.ts'

/** A password's keys, one for each way a client may make it. */
export type LongTermKeys = Readonly<Record<PasswordAlgorithm, Uint8Array>>

/**
 * Who a name stands for and what its signatures may be made with; there are several keys while a secret replaces another.
 * `isListed`: somebody chose the password, so somebody else can guess it.
 */
export type KnownUser = Readonly<{
  userId: string
  keys: readonly LongTermKeys[]
  isListed?: true
}>

/** Makes all keys of one password (RFC 8489 §18.5.1). */
export function longTermKeys(username: string, realm: string, password: string): LongTermKeys {
  return {
    md5: longTermKey(username, realm, password, 'md5'),
    sha256: longTermKey(username, realm, password, 'sha256'),
  }
}
