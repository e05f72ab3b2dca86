import { execFile } from 'node:child_process'
import { systemErrorCode } from '../../errors.ts'

/** How a program ended. `status` is 127 when there is no such program, -1 when it took too long. */
export type Ran = Readonly<{ status: number; out: string; err: string }>

/** Runs a program to its end; tests pass their own. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options?: Readonly<{ timeoutMs?: number; cwd?: string }>,
) => Promise<Ran>

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024

/** Runs a program of this machine, in English, without a terminal. */
export const runCommand: RunCommand = (command, args, { timeoutMs = 20_000, cwd } = {}) =>
  new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1', SYSTEMD_PAGER: '' }
    const options = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, env, cwd }
    const child = execFile(command, args, options, (error, out, err) => {
      if (error === null) return resolve({ status: 0, out, err })
      if (systemErrorCode(error) === 'ENOENT') {
        return resolve({ status: 127, out, err: `there is no program ${command}` })
      }
      const status = typeof error.code === 'number' ? error.code : -1
      resolve({ status, out, err: status === -1 ? `${err}\n${command} took too long` : err })
    })
    child.stdin?.end()
  })

/** The words of a program that failed, on one line. */
export function wordsOf({ out, err }: Ran): string {
  const words = (err.trim() || out.trim()).replaceAll(/\s+/g, ' ')
  return words === '' ? 'it said nothing' : words
}
