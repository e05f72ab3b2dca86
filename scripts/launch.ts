import assert from 'node:assert/strict'
import { join } from 'node:path'
import { buildWebIfStale } from './build-web-if-stale.ts'
import { ensureWorker, usableCachedWorker } from './mediasoup-worker/ensure.ts'

// node launch.ts COMMAND …: brings what the command stands on, then becomes the appliance.

const root = join(import.meta.dirname, '..')
const args = process.argv.slice(2)
const say = (line: string) => process.stderr.write(`${line}\n`)

async function prepare(): Promise<string | undefined> {
  const given = process.env['MEDIASOUP_WORKER_BIN']
  const asksForHelp = args.includes('--help') || args.includes('-h')
  const starts = args[0] === undefined || args[0] === 'start' || args[0].startsWith('-')
  if (!starts || asksForHelp) return given ?? usableCachedWorker()
  const worker = await ensureWorker({ say })
  await buildWebIfStale(root, say)
  return worker
}

try {
  const worker = await prepare()
  const environment = worker ? { ...process.env, MEDIASOUP_WORKER_BIN: worker } : process.env
  const main = join(root, 'appliance/main.ts')
  assert(process.execve, 'the project brings a Node that has execve')
  process.execve(process.execPath, [process.execPath, main, ...args], environment)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
