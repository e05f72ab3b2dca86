import { readdir, readFile, rm } from 'node:fs/promises'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { ApplianceError, systemErrorCode } from '../../errors.ts'
import { readText } from '../../lifecycle/files.ts'
import type { Addressing } from '../addressing.ts'
import { encodeNetworkFile, NETWORK_FOLDER, networkFileName } from '../network-file.ts'
import { putBack, replaceFile } from './files.ts'
import { type RunCommand, wordsOf } from './run-command.ts'

/** How long a network change waits to be kept. */
export const TRIAL_MS = 60_000

const SUFFIX = '.trial'

/** What is written beside the file of an interface while a change of it is not kept. */
const noteSchema = z.object({
  /** The file's text before; `null` where there was none. */
  before: z.string().nullable(),
  bootId: z.string(),
  deadlineMs: z.number(),
})

/** Which boot this is, and the time since it began, which no time server moves. */
export type BootClock = Readonly<{ bootId: () => Promise<string>; nowMs: () => number }>

/** The clock of this machine. */
export const thisBoot: BootClock = {
  bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
  nowMs: () => uptime() * 1000,
}

/** What trials are made with. `root` is `/` but in tests. */
export type TrialOptions = Readonly<{ root: string; run: RunCommand; clock: BootClock }>

/** Changes the addresses of interfaces so that the change goes away unless somebody keeps it. */
export type NetworkTrials = Readonly<{
  /** Sets the addresses and answers when they will be taken back. Throws NETWORK_NOT_CHANGED. */
  begin(addressing: Addressing): Promise<number>
  /** Keeps them. Throws NETWORK_NOT_CHANGED when they were taken back already. */
  keep(interfaceName: string): Promise<void>
  /** Sets the addresses of before; does nothing when that is done already. */
  revert(interfaceName: string): Promise<void>
  /** Takes back what is out of time or from before a reboot; answers the interfaces. */
  revertAbandoned(): Promise<readonly string[]>
}>

/** Makes the trials of a machine: the state is in files alone, so that any console can end any trial. */
export function createNetworkTrials({ root, run, clock }: TrialOptions): NetworkTrials {
  const folder = join(root, NETWORK_FOLDER)
  const fileOf = (name: string) => join(folder, networkFileName(name))
  const noteOf = (name: string) => `${fileOf(name)}${SUFFIX}`
  const revert = async (name: string) => {
    const note = await readNote(noteOf(name))
    if (note === undefined) return
    await putBack(fileOf(name), note.before ?? undefined)
    await rm(noteOf(name), { force: true })
    await reconfigure(run, name)
  }
  return {
    async begin(addressing) {
      const name = addressing.interface
      const earlier = await readNote(noteOf(name))
      const before = earlier === undefined ? await readText(fileOf(name)) : earlier.before
      const deadlineMs = clock.nowMs() + TRIAL_MS
      const note = { before: before ?? null, bootId: await clock.bootId(), deadlineMs }
      await replaceFile(noteOf(name), `${JSON.stringify(note, null, 2)}\n`)
      try {
        await replaceFile(fileOf(name), encodeNetworkFile(addressing))
        await reconfigure(run, name)
      } catch (error) {
        await putBack(fileOf(name), before ?? undefined)
        await rm(noteOf(name), { force: true })
        // It may have taken the new ones in part; what it says to this would be the same again.
        await run('networkctl', ['reload'])
        throw error
      }
      return deadlineMs
    },
    async keep(name) {
      const note = await readNote(noteOf(name))
      if (note === undefined) throw tooLate(name)
      await putBack(`${fileOf(name)}.old`, note.before ?? undefined)
      await rm(noteOf(name))
    },
    revert,
    async revertAbandoned() {
      const bootId = await clock.bootId()
      const names = await namesOnTrial(folder)
      const abandoned: string[] = []
      for (const name of names) {
        const note = await readNote(noteOf(name))
        if (note === undefined) continue
        if (note.bootId === bootId && clock.nowMs() < note.deadlineMs) continue
        await revert(name)
        abandoned.push(name)
      }
      return abandoned
    },
  }
}

async function reconfigure(run: RunCommand, interfaceName: string): Promise<void> {
  for (const args of [['reload'], ['reconfigure', interfaceName]]) {
    const ran = await run('networkctl', args)
    if (ran.status === 0) continue
    throw new ApplianceError(
      'NETWORK_NOT_CHANGED',
      `systemd-networkd did not take the addresses: networkctl ${args.join(' ')}: ${wordsOf(ran)}`,
      'See journalctl -u systemd-networkd; the file of before is back.',
    )
  }
}

async function namesOnTrial(folder: string): Promise<readonly string[]> {
  try {
    const [begin, end] = networkFileName('|').split('|')
    const files = await readdir(folder)
    return files
      .filter((file) => file.startsWith(begin ?? '') && file.endsWith(`${end}${SUFFIX}`))
      .map((file) => file.slice(begin?.length, -`${end}${SUFFIX}`.length))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

/** A note that cannot be read tells nothing to go back to, and is removed like one that is done. */
async function readNote(file: string) {
  const text = await readText(file)
  if (text === undefined) return undefined
  const parsed = noteSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  await rm(file, { force: true })
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function tooLate(name: string): ApplianceError {
  return new ApplianceError(
    'NETWORK_NOT_CHANGED',
    `The addresses of before are back on ${name} already.`,
    'Make the change again, and keep it in time.',
  )
}
