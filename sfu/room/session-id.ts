import { randomInt } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** What a session id names: a room, a participant, a track or this node. */
export type SessionIdPrefix = 'RM' | 'PA' | 'TR' | 'ND'

/** Creates an unguessable id: the prefix, an underscore and 12 letters or digits (71 random bits). */
export function createSessionId(prefix: SessionIdPrefix): string {
  const letters = Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)])
  return `${prefix}_${letters.join('')}`
}
