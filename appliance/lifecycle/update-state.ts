import { join } from 'node:path'
import { z } from 'zod'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { makePrivateFolder, removeDurably, replaceLink, writeDurably } from './durable.ts'
import { readText } from './files.ts'
import type { Places } from './places.ts'
import { RELEASE_ID } from './release.ts'

const id = z.string().regex(RELEASE_ID)

const pendingSchema = z.object({
  from: id,
  to: id,
  startedAt: z.iso.datetime(),
  /** How often it was looked at again after whoever did it went away, or the power. */
  attempts: z.int().min(0),
  phase: z.enum(['trying', 'goingBack']),
  /** Why it goes back. */
  reason: z.string().optional(),
  /** The state before, if the earlier release cannot use what the later one left. */
  backup: z.string().optional(),
  /** Services that were not ready before, and so are not asked for. */
  excused: z.array(z.string()),
})

const outcomeSchema = z.object({
  from: id,
  to: id,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** `stopped`: it ended before anything was switched. `failed`: not even the earlier release became ready. */
  outcome: z.enum(['confirmed', 'rolledBack', 'stopped', 'failed']),
  reason: z.string().optional(),
})

/** An update that is not confirmed. */
export type Pending = Readonly<z.infer<typeof pendingSchema>>

/** What came of an update. */
export type Outcome = Readonly<z.infer<typeof outcomeSchema>>

const KEPT_OUTCOMES = 100

/** Reads the update that is not confirmed, if there is one. Throws UPDATE_STATE_UNREADABLE. */
export function readPending(places: Places): Promise<Pending | undefined> {
  return readState(pendingFile(places), pendingSchema)
}

/**
 * Keeps it, so that a loss of power does not forget it. `earlier` leads to the release that is to do the work at the next
 * boot: callbox-update-watch.service runs that one's program.
 */
export async function writePending(places: Places, pending: Pending): Promise<void> {
  await makePrivateFolder(places.updateDir)
  await replaceLink(earlierLink(places), join(places.releases, pending.from))
  await writeDurably(pendingFile(places), `${JSON.stringify(pending, null, 2)}\n`)
}

/** Lists what came of updates, the latest last. Throws UPDATE_STATE_UNREADABLE. */
export async function readHistory(places: Places): Promise<readonly Outcome[]> {
  return (await readState(historyFile(places), z.array(outcomeSchema))) ?? []
}

/** Ends the pending update: first what came of it is kept, once, and then it is not pending any more. */
export async function settle(places: Places, outcome: Outcome): Promise<void> {
  const earlier = await readHistory(places).catch(() => [])
  const others = earlier.filter(({ startedAt }) => startedAt !== outcome.startedAt)
  const history = [...others, outcome].slice(-KEPT_OUTCOMES)
  await makePrivateFolder(places.updateDir)
  await writeDurably(historyFile(places), `${JSON.stringify(history, null, 2)}\n`)
  await removeDurably(pendingFile(places))
  await removeDurably(earlierLink(places))
}

/** The file that is there while an update is not confirmed. */
export function pendingFile({ updateDir }: Places): string {
  return join(updateDir, 'pending.json')
}

function earlierLink({ updateDir }: Places): string {
  return join(updateDir, 'earlier')
}

function historyFile({ updateDir }: Places): string {
  return join(updateDir, 'history.json')
}

async function readState<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(file).catch((error: unknown) => unreadable(file, error))
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new ApplianceError(
      'UPDATE_STATE_UNREADABLE',
      `${file} is damaged: ${error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)}`,
      'Look where /opt/callbox/current leads, see that the appliance is ready, and remove the file.',
      error,
    )
  }
}

function unreadable(file: string, error: unknown): never {
  if (systemErrorCode(error) !== 'EACCES') throw error
  throw new ApplianceError(
    'NEEDS_ROOT',
    `${file} is for root to read.`,
    'Run: sudo callbox update --status',
    error,
  )
}
