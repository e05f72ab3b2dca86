import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTENING = '0A'

/** The users whose programs listen on a TCP port of this machine, by number; empty where nobody does. */
export function listenerOwners(port: number, procRoot = '/proc'): ReadonlySet<number> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const owners = ['tcp', 'tcp6'].flatMap((name) =>
    readLines(join(procRoot, 'net', name)).flatMap((line) => {
      const [, local = '', , state, , , , uid] = line.trim().split(/\s+/)
      return state === LISTENING && local.endsWith(`:${wanted}`) ? [Number(uid)] : []
    }),
  )
  return new Set(owners)
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [] // no IPv6
    throw error
  }
}
