import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { messageOf } from '../errors.ts'
import { RELEASE_ID } from './release.ts'
import { createRedactor } from './support/redactor.ts'

/** How the service is. */
export type ServiceState = Readonly<{
  /** `failed` is given up by the init system; between two starts of its own it is `starting`. */
  phase: 'stopped' | 'starting' | 'active' | 'failed'
  /** Differs from one start to the next. */
  startId: string
  /** How often the init system started it again as it had ended, since somebody last asked for a start. */
  restarts: number
  /** The id of the release whose program it runs; `undefined` where that cannot be seen. */
  runs: string | undefined
}>

/** What the init system does for the appliance. */
export interface ServiceControl {
  /** Whether an init system runs the appliance on this host. */
  isManaged(): Promise<boolean>
  /** Has it started, after it was stopped where it runs; resolves when that is under way. */
  restart(): Promise<void>
  /** Has it started, unless it runs or is about to; resolves when that is under way. */
  start(): Promise<void>
  stop(): Promise<void>
  state(): Promise<ServiceState>
  /** The latest lines that it logged, oldest first. */
  journalTail(lines: number): Promise<string>
  /** Has the watch over a pending update wait for this process to end. */
  startWatch(): Promise<void>
}

const UNIT = 'callbox.service'
const WATCH_UNIT = 'callbox-update-watch.service'

/** systemd's states of a unit, as far as they differ for us (systemctl(1)). */
const PHASES: ReadonlyMap<string, ServiceState['phase']> = new Map([
  ['activating', 'starting'],
  ['active', 'active'],
  ['reloading', 'active'],
  ['failed', 'failed'],
])

/** Longer than a start with its self-test and a stop that drains take together. */
const JOB_LIMIT_MS = 180_000

const run = promisify(execFile)

/** The lines of a start have secrets in them, for the journal alone. */
const withoutSecrets = createRedactor([])

/** Makes lines that the service wrote fit to be shown to root: nothing in them is for the terminal to obey. */
export function toShow(lines: string): string {
  return withoutSecrets(lines).replaceAll(/[^\P{Cc}\n\t]/gu, '?')
}

/** Drives the units by `systemctl` and reads their log by `journalctl`. */
export function systemdService(): ServiceControl {
  return {
    async isManaged() {
      if (!existsSync('/run/systemd/system')) return false
      return (await show('LoadState')).get('LoadState') === 'loaded'
    },
    async restart() {
      // A unit that failed too often refuses to start until it is told that this is another try.
      await systemctl('reset-failed', UNIT).catch(() => undefined)
      await systemctl('restart', '--no-block', UNIT)
    },
    async start() {
      await systemctl('start', '--no-block', UNIT)
    },
    async stop() {
      await systemctl('stop', UNIT)
    },
    async state() {
      const shown = await show('ActiveState,InvocationID,MainPID,NRestarts')
      return {
        phase: PHASES.get(shown.get('ActiveState') ?? '') ?? 'stopped',
        startId: shown.get('InvocationID') ?? '',
        restarts: Number(shown.get('NRestarts') ?? 0),
        runs: await releaseOf(shown.get('MainPID')),
      }
    },
    async journalTail(lines) {
      const args = ['--unit', UNIT, '--lines', String(lines), '--no-pager', '--output', 'cat']
      try {
        return toShow((await run('journalctl', args, { timeout: 10_000 })).stdout)
      } catch (error) {
        return `(the journal cannot be read: ${messageOf(error)})`
      }
    },
    async startWatch() {
      await systemctl('start', '--no-block', WATCH_UNIT)
    },
  }
}

/** Each release has a Node of its own, so that the program tells which one it is. */
async function releaseOf(pid: string | undefined): Promise<string | undefined> {
  try {
    const program = await readlink(`/proc/${pid}/exe`)
    return program.split('/').find((part) => RELEASE_ID.test(part))
  } catch {
    return undefined // it ended, or has not begun
  }
}

async function show(properties: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await systemctl('show', '--property', properties, UNIT)
  return new Map(
    stdout.split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

async function systemctl(...args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await run('systemctl', ['--no-ask-password', ...args], { timeout: JOB_LIMIT_MS })
  } catch (error) {
    // What systemctl says, and not the command line that it was said to.
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    throw new Error(said.split('\n')[0] || messageOf(error), { cause: error })
  }
}
