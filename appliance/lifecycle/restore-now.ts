import { ApplianceError } from '../errors.ts'
import { awaitReady, type Readiness } from './await-ready.ts'
import type { Host } from './host.ts'
import { type Staged, swapStaged } from './restore.ts'

/** How a service that was given other data is watched. */
export type RestoreOptions = Readonly<{
  readiness: () => Promise<Readiness | undefined>
  /** Whether systemd runs an appliance on this data. */
  managed: boolean
  limitMs: number
  say: (line: string) => void
}>

const STABLE_MS = 3000
const JOURNAL_LINES = 20

/**
 * Puts a checked backup in place and has the appliance start with it. When that does not become ready, what was there
 * before is put back and started again, and RESTORE_UNDONE thrown.
 */
export async function restoreNow(
  host: Host,
  staged: Staged,
  { readiness, managed, limitMs, say }: RestoreOptions,
): Promise<void> {
  const { service, clock } = host
  if (!managed) return swapStaged(staged)
  const excused = ((await readiness())?.services ?? []).flatMap(({ name, ok }) =>
    ok ? [] : [name],
  )
  const wait = () =>
    awaitReady({ service, clock, readiness, excused, stableMs: STABLE_MS, limitMs })
  say('Stopping the appliance, and starting it with the restored state …')
  await swapStopped(host, staged)
  const outcome = await wait()
  if (outcome.ok) return
  const journal = await service.journalTail(JOURNAL_LINES)
  say('It does not become ready; putting back what was there …')
  await swapStopped(host, staged)
  const back = await wait()
  throw new ApplianceError(
    'RESTORE_UNDONE',
    [
      `The appliance does not become ready with the restored state: ${outcome.why}.`,
      'Its last log lines:',
      journal.trimEnd(),
      back.ok
        ? 'What was there before is back, and ready.'
        : `What was there before is back: ${back.why}.`,
    ].join('\n'),
    'Mend what the lines say in config.yaml of the backup, or restore another one.',
  )
}

/** Swaps while nothing runs; the appliance is started again whether that went well or not. */
async function swapStopped({ service }: Host, staged: Staged): Promise<void> {
  await service.stop()
  try {
    await swapStaged(staged)
  } finally {
    await service.restart()
  }
}
