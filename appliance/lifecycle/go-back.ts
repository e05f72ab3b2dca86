import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { ApplianceError } from '../errors.ts'
import type { ReadyOutcome } from './await-ready.ts'
import { becomesReady, type SwitchOptions } from './becomes-ready.ts'
import { replaceLink } from './durable.ts'
import type { Host } from './host.ts'
import { placesOf } from './places.ts'
import { discardStaged, keepPresent, stageBackup, swapStaged } from './restore.ts'
import { type Pending, settle, writePending } from './update-state.ts'

const JOURNAL_LINES = 30

/**
 * Goes back to the earlier release, with the data as it is; where that does not become ready, with the data of before the
 * update. Ends the update and throws: UPDATE_ROLLED_BACK, or UPDATE_FAILED when nothing became ready.
 */
export async function goBack(
  host: Host,
  pending: Pending,
  options: SwitchOptions & Readonly<{ reason: string }>,
): Promise<never> {
  const { service, clock } = host
  const { step, limitMs, reason } = options
  const places = placesOf(host.root)
  const journal = pending.phase === 'trying' ? await service.journalTail(JOURNAL_LINES) : ''
  const going: Pending = { ...pending, phase: 'goingBack', reason }
  await writePending(places, going)
  await step(`${pending.to} is given up: ${reason}`)
  await replaceLink(places.current, join('releases', pending.from))
  await step(`Going back to ${pending.from}`)
  let outcome = await restartReady(host, going, limitMs)
  let withData = ''
  if (!outcome.ok && pending.backup !== undefined) {
    await step(`It is not ready with the data as it is (${outcome.why}); restoring that of before`)
    withData = await restoreState(host, pending.backup)
    outcome = await restartReady(host, going, limitMs)
  }
  const { from, to, startedAt } = pending
  const endedAt = new Date(clock.nowMs()).toISOString()
  const ended = { from, to, startedAt, endedAt, reason }
  await step(outcome.ok ? 'The earlier release is ready' : 'The earlier release is not ready')
  await settle(places, { ...ended, outcome: outcome.ok ? 'rolledBack' : 'failed' })
  throw explain(going, outcome, [withData, journal])
}

async function restartReady(host: Host, pending: Pending, limitMs: number): Promise<ReadyOutcome> {
  const { startId: before } = await host.service.state()
  await host.service.restart()
  return becomesReady(host, pending, { before, limitMs })
}

/** Restores the state of before; answers what there is to say of it. */
async function restoreState(host: Host, backup: string): Promise<string> {
  const places = placesOf(host.root)
  const kept = { configFile: places.config, dataDir: places.dataDir }
  try {
    const staged = await stageBackup(createReadStream(backup), kept, noKey)
    try {
      const later = await keepPresent(host, kept)
      await host.service.stop()
      await swapStaged(staged)
      return `The data of before the update was restored; what it replaced is in ${later}.`
    } finally {
      await discardStaged(staged)
    }
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    return `The data of before the update could not be restored: ${error.message}`
  }
}

async function noKey(): Promise<never> {
  throw new ApplianceError('BACKUP_KEY', 'The backup is encrypted.', 'Restore it by hand.')
}

function explain(
  { from, to, reason }: Pending,
  outcome: ReadyOutcome,
  [withData = '', journal = '']: readonly string[],
): ApplianceError {
  const lines = [
    `${to} was given up: ${reason}.`,
    ...(journal === '' ? [] : ['Its last log lines:', journal.trimEnd()]),
    ...(withData === '' ? [] : [withData]),
  ]
  if (outcome.ok) {
    return new ApplianceError(
      'UPDATE_ROLLED_BACK',
      [...lines, `${from} runs again, and is ready.`].join('\n'),
      'Nothing is lost. Mend what the lines say, or report it with the file of callbox support.',
    )
  }
  return new ApplianceError(
    'UPDATE_FAILED',
    [...lines, `${from} is current again, and not ready: ${outcome.why}.`].join('\n'),
    'See callbox doctor and journalctl -u callbox.',
  )
}
