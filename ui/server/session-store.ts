import { join } from 'node:path'
import { z } from 'zod'
import type { Log, SessionRecord, SessionStore } from './deps.ts'
import { readIfThere, replaceFile } from './private-file.ts'

const entrySchema = z.strictObject({
  id: z.string().min(1),
  accountId: z.string().min(1),
  openedAtMs: z.number(),
  usedAtMs: z.number(),
  address: z.string(),
  browser: z.string(),
})

/**
 * Keeps the log-ins as `sessions.json` in `directory`, readable by its owner only. A file that
 * cannot be read costs the log-ins, one that cannot be written lets them end with the process: the
 * log says so.
 */
export function createFileSessionStore(directory: string, log: Log): SessionStore {
  const file = join(directory, 'sessions.json')
  const orSay = <T>(work: () => T, words: string): T | undefined => {
    try {
      return work()
    } catch (err) {
      log.error({ err, file }, words)
      return undefined
    }
  }
  return {
    load: () => orSay(() => parse(readIfThere(file)), 'the log-ins of before cannot be read') ?? [],
    save: (sessions) => {
      const text = `${JSON.stringify(sessions)}\n`
      orSay(() => replaceFile(file, text), 'the log-ins cannot be written')
    },
  }
}

function parse(text: string | undefined): readonly SessionRecord[] {
  return text === undefined ? [] : z.array(entrySchema).parse(JSON.parse(text))
}
