import { type ExecFileException, execFile } from 'node:child_process'
import { messageOf } from '../../errors.ts'

/** How a program ended. `status` is 127 when there is no such program, -1 when it did not end by itself. */
export type Ran = Readonly<{ status: number; out: string; err: string }>

/** Runs a program to its end; tests pass their own. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options?: Readonly<{ timeoutMs?: number; cwd?: string }>,
) => Promise<Ran>

/** More than the log that is asked for can be: systemd cuts its lines at 48 KiB. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

/** Runs a program of this machine, in English, without a terminal. */
export const runCommand: RunCommand = (command, args, { timeoutMs = 20_000, cwd } = {}) =>
  new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1', SYSTEMD_PAGER: '' }
    const options = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, env, cwd }
    const child = execFile(command, args, options, (error, out, err) => {
      const { status, why } = endOf(command, error)
      resolve({ status, out, err: why === '' ? err : `${err}\n${why}` })
    })
    child.stdin?.end()
  })

function endOf(command: string, error: ExecFileException | null) {
  if (error === null) return { status: 0, why: '' }
  if (typeof error.code === 'number') return { status: error.code, why: '' }
  if (error.code === 'ENOENT') return { status: 127, why: `there is no program ${command}` }
  const tookTooLong = error.killed === true && (error.code ?? null) === null
  return { status: -1, why: tookTooLong ? `${command} took too long` : messageOf(error) }
}

/** The words of a program that failed, on one line. */
export function wordsOf({ out, err }: Ran): string {
  const words = (err.trim() || out.trim()).replaceAll(/\s+/g, ' ')
  return words === '' ? 'it said nothing' : words
}
