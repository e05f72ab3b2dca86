import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mediasoupFolder } from './places.ts'

const limitMs = 60_000

/**
 * Lets mediasoup's own install script download its prebuilt worker, and copies that to `output`.
 * @returns false when there was none to be had, within a minute
 */
export async function downloadPrebuilt(output: string): Promise<boolean> {
  const brought = join(mediasoupFolder, 'worker/out/Release/mediasoup-worker')
  await rm(brought, { force: true })
  const {
    MEDIASOUP_WORKER_BIN: _,
    MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: __,
    ...env
  } = process.env
  const script = spawnSync(process.execPath, ['npm-scripts.mjs', 'postinstall'], {
    cwd: mediasoupFolder,
    // Where the download fails, the script would compile with tools and sources that it downloads too.
    env: { ...env, PYTHON: '/bin/false' },
    stdio: 'ignore',
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  if (script.status !== 0 || !existsSync(brought)) return false
  await copyFile(brought, output)
  return true
}
