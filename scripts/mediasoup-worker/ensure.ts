import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildWorker } from './build.ts'
import { withLock } from './lock.ts'
import { cachedWorkerPath, cacheFolder } from './places.ts'
import { downloadPrebuilt } from './prebuilt.ts'
import { checkMedia, startsHere } from './self-check.ts'

/** `say` gets each line of progress. */
export type EnsureOptions = Readonly<{ say: (line: string) => void }>

/**
 * Brings a mediasoup worker: the one in MEDIASOUP_WORKER_BIN, else the cached one, else mediasoup's
 * prebuilt download, else one compiled here. A new one is cached once it has carried real media.
 * @returns its absolute path
 * @throws Error saying why there is none
 */
export async function ensureWorker({ say }: EnsureOptions): Promise<string> {
  const given = process.env['MEDIASOUP_WORKER_BIN']
  if (given) {
    if (startsHere(given)) return given
    throw new Error(
      `MEDIASOUP_WORKER_BIN=${given} is not a mediasoup worker that runs on this machine`,
    )
  }
  const path = usableCachedWorker()
  if (path) return path
  await mkdir(cacheFolder(), { recursive: true })
  const lock = join(cacheFolder(), 'mediasoup-worker.lock')
  return await withLock(lock, say, async () => usableCachedWorker() ?? (await obtain(say)))
}

/** The cached worker if there is one that runs here, without bringing one. */
export function usableCachedWorker(): string | undefined {
  const path = cachedWorkerPath()
  return existsSync(path) && startsHere(path) ? path : undefined
}

async function obtain(say: (line: string) => void): Promise<string> {
  const path = cachedWorkerPath()
  const candidate = `${path}.new`
  say('Bringing the mediasoup worker (once): asking for the prebuilt one …')
  if (!(await downloadPrebuilt(candidate))) {
    say('  there is none to be had; compiling it here instead (5 to 10 minutes on two cores)')
    await buildWorker(candidate, join(cacheFolder(), 'mediasoup-worker-build.log'), say)
  }
  await chmod(candidate, 0o755)
  say('  checking it with a real call: DTLS, SRTP both ways, SCTP both ways')
  try {
    await checkMedia(candidate)
  } catch (error) {
    await rm(candidate)
    throw error
  }
  await rename(candidate, path)
  say(`  kept as ${path}`)
  return path
}

if (import.meta.main) {
  const path = await ensureWorker({ say: (line) => process.stderr.write(`${line}\n`) })
  process.stdout.write(`${path}\n`)
}
