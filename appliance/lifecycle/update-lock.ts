import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ApplianceError } from '../errors.ts'
import { makePrivateFolder } from './durable.ts'
import type { Places } from './places.ts'
import { readPending } from './update-state.ts'

/** flock(1) of util-linux: what it ends with when another process has the lock. */
const BUSY = 75

/**
 * Runs `work` while no other process updates this host. The kernel holds the lock for a child that ends with this process,
 * however that ends; it does not end with the terminal alone. Throws UPDATE_BUSY when another one has it, unless it is to `wait`.
 */
export async function withUpdateLock<T>(
  { updateDir }: Places,
  options: Readonly<{ wait: boolean }>,
  work: () => Promise<T>,
): Promise<T> {
  await makePrivateFolder(updateDir)
  const waiting = options.wait ? [] : ['--nonblock', '--conflict-exit-code', String(BUSY)]
  const file = join(updateDir, 'lock')
  const holder = spawn(
    'flock',
    [...waiting, file, 'sh', '-c', 'trap "" HUP; echo locked; exec cat >&2'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  const ended = once(holder, 'exit')
  const [what] = await Promise.race([once(holder.stdout, 'data'), ended])
  if (!Buffer.isBuffer(what)) throw cannotLock(file, what)
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await ended
  }
}

/** Runs `work` while no update of this host is under way or waits to be confirmed. Throws UPDATE_BUSY. */
export function withoutUpdate<T>(places: Places, work: () => Promise<T>): Promise<T> {
  return withUpdateLock(places, { wait: false }, async () => {
    if ((await readPending(places)) === undefined) return work()
    throw new ApplianceError(
      'UPDATE_BUSY',
      'An update is not confirmed. Nothing was changed.',
      'Wait for it, or run callbox update --watch: it ends it one way or the other.',
    )
  })
}

function cannotLock(file: string, exitCode: unknown): ApplianceError {
  return exitCode === BUSY
    ? new ApplianceError(
        'UPDATE_BUSY',
        'Another update is under way on this host.',
        'Wait for it; callbox update --status shows it.',
      )
    : new ApplianceError(
        'UPDATE_FAILED',
        `${file} cannot be locked (flock ended with ${exitCode}).`,
        'See that the program flock (Debian package util-linux) is there and the disk can be written.',
      )
}
