import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Size } from '../text.ts'

const run = promisify(execFile)

/** How long a screen may take to show what is waited for. */
const SHOWN_WITHIN_MS = 40_000

/** A program in a terminal of its own, as somebody before it sees it. */
export type TmuxScreen = Readonly<{
  /** The characters on the screen, line by line. */
  text(): Promise<string>
  /** Presses keys by tmux's names (`Enter`, `C-u`, `x`). */
  press(...keys: readonly string[]): Promise<void>
  /** Types a text. */
  type(text: string): Promise<void>
  /** Resolves to the screen once it shows this; rejects with the last screen when it does not. */
  until(pattern: RegExp): Promise<string>
  /** Sends the program a signal, and resolves when its terminal is closed. */
  end(signal: NodeJS.Signals): Promise<void>
  /** Resolves when the program has ended and its terminal is closed. */
  ended: Promise<unknown>
  /** Closes the terminal, if it still is open. */
  close(): Promise<void>
}>

/** Starts a command (for a shell) in a terminal of this size; `folder` keeps tmux's socket. */
export async function openScreen(
  folder: string,
  command: string,
  { columns, rows }: Size,
): Promise<TmuxScreen> {
  // A socket of its own for each: the server of the one before may still be ending.
  const server = ['-S', join(folder, randomUUID()), '-u', '-f', '/dev/null']
  const tmux = async (...args: readonly string[]) =>
    (await run('tmux', [...server, ...args])).stdout
  const size = ['-x', String(columns), '-y', String(rows)]
  const pid = await tmux('new-session', '-d', '-P', '-F', '#{pane_pid}', ...size, command)
  const watcher = spawn('tmux', [...server, '-C', 'attach'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(watcher, 'exit')
  const changes = new EventTarget()
  createInterface({ input: watcher.stdout }).on('line', (row) => {
    if (row.startsWith('%output')) changes.dispatchEvent(new Event('change'))
  })
  const text = () => tmux('capture-pane', '-p')
  return {
    text,
    ended,
    async press(...keys) {
      await tmux('send-keys', ...keys)
    },
    async type(typed) {
      await tmux('send-keys', '-l', typed)
    },
    async until(pattern) {
      const deadline = AbortSignal.timeout(SHOWN_WITHIN_MS)
      for (;;) {
        const changed = Promise.race([once(changes, 'change', { signal: deadline }), ended])
        const shown = await text()
        if (pattern.test(shown)) {
          changes.dispatchEvent(new Event('change'))
          return shown
        }
        await changed.catch((cause: unknown) => {
          throw new Error(`${pattern} was not shown:\n${shown}`, { cause })
        })
      }
    },
    async close() {
      if (watcher.exitCode === null) await tmux('kill-server')
      await ended
    },
    async end(signal) {
      process.kill(Number(pid), signal)
      await ended
    },
  }
}
