import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { messageOf } from '../errors.ts'
import { RELEASE_ID } from './release.ts'
import { createRedactor } from './support/redactor.ts'

/** How the service is. */
export type ServiceState = Readonly<{
  active: boolean
  /** Given up by the init system. */
  failed: boolean
  /** Differs from one start to the next. */
  startId: string
  /** The id of the release whose program it runs; `undefined` where that cannot be seen. */
  runs: string | undefined
}>

/** What the init system does for the appliance. */
export interface ServiceControl {
  /** Whether an init system runs the appliance on this host. */
  isManaged(): Promise<boolean>
  /** Starts it, or stops it first where it runs; rejects when it does not come up. */
  restart(): Promise<void>
  stop(): Promise<void>
  state(): Promise<ServiceState>
  /** The latest lines that it logged, oldest first. */
  journalTail(lines: number): Promise<string>
  /** Has the watch over a pending update wait for this process to end. */
  startWatch(): Promise<void>
}

const UNIT = 'callbox.service'
const WATCH_UNIT = 'callbox-update-watch.service'

/** Longer than a start with its self-test and a stop that drains take together. */
const JOB_LIMIT_MS = 180_000

const run = promisify(execFile)

/** The lines of a start have secrets in them, for the journal alone. */
const withoutSecrets = createRedactor([])

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
      await systemctl('restart', UNIT)
    },
    async stop() {
      await systemctl('stop', UNIT)
    },
    async state() {
      const shown = await show('ActiveState,InvocationID,MainPID')
      const active = shown.get('ActiveState')
      return {
        active: active === 'active',
        failed: active === 'failed',
        startId: shown.get('InvocationID') ?? '',
        runs: await releaseOf(shown.get('MainPID')),
      }
    },
    async journalTail(lines) {
      const args = ['--unit', UNIT, '--lines', String(lines), '--no-pager', '--output', 'cat']
      try {
        return withoutSecrets((await run('journalctl', args, { timeout: 10_000 })).stdout)
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
