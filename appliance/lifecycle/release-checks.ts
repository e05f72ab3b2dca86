import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ApplianceError } from '../errors.ts'
import { isThere } from './files.ts'
import type { Host } from './host.ts'
import { type Places, placesOf } from './places.ts'
import { compareVersions, type Release } from './release.ts'

/** mediasoup-worker's exit code when MEDIASOUP_VERSION is not in its environment: it could start. */
const WORKER_STARTS = 41
const LIMIT_MS = 60_000

/** Throws UPDATE_DOES_NOT_FIT for a release of another processor, or an earlier one unless that is allowed. */
export function checkIdentity(
  host: Host,
  release: Release,
  options: Readonly<{ current: Release | undefined; allowDowngrade: boolean }>,
): void {
  if (release.arch !== host.arch) {
    throw misfit(
      `The release is for ${release.arch}, and this host is ${host.arch}.`,
      `Fetch the bundle for linux-${host.arch}.`,
    )
  }
  const { current, allowDowngrade } = options
  if (allowDowngrade || current === undefined) return
  if (compareVersions(release.version, current.version) >= 0) return
  throw misfit(
    `The release is version ${release.version}, earlier than ${current.version}, which runs here.`,
    'To go back to the previous release say callbox update --rollback; for any earlier one --allow-downgrade.',
  )
}

/** Has a release try itself on this host, as the service's user. Throws UPDATE_DOES_NOT_FIT with what it said. */
export async function checkRelease(host: Host, folder: string): Promise<void> {
  const places = placesOf(host.root)
  const user = await serviceUser(host, places)
  const worker = join(folder, 'mediasoup-worker')
  const started = await runAs(user, worker, [])
  if (started.code !== WORKER_STARTS) {
    throw misfit(
      `The release's media worker does not start here (${started.code}): ${started.output}`,
      'Bring the system up to date (apt-get update, apt-get upgrade), and see which libraries the release needs.',
    )
  }
  const config = (await isThere(places.config)) ? ['--config', places.config] : []
  const [node, ...main] = programOf(folder, host.arch)
  const checked = await runAs(user, node, [
    ...main,
    'config',
    'check',
    ...config,
    '--data-dir',
    places.dataDir,
  ])
  if (checked.code === 0) return
  throw misfit(
    `The release refuses the configuration of this appliance: ${checked.output}`,
    'Change config.yaml as it says, so that both releases take it, and update again.',
  )
}

/** A release's own Node, and what makes it the release's program; `scripts/install/callbox.sh` says why the flag. */
export function programOf(folder: string, arch: string): readonly [string, ...string[]] {
  const node = join(folder, `node_modules/node-linux-${arch}/bin/node`)
  return [node, '--liftoff-only', join(folder, 'appliance/main.ts')]
}

type User = Readonly<{ uid: number; gid: number }> | undefined

async function serviceUser({ isRoot }: Host, { dataDir }: Places): Promise<User> {
  if (!isRoot || !(await isThere(dataDir))) return undefined
  const { uid, gid } = await stat(dataDir)
  return { uid, gid }
}

/** In a session of its own: with root's terminal, what that user runs could type on it (TIOCSTI). */
function runAs(user: User, command: string, args: readonly string[]) {
  const options = { ...user, cwd: '/', env: { PATH: process.env['PATH'] }, timeout: LIMIT_MS }
  return new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile('setsid', ['--wait', command, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal ?? error.message)
      resolve({ code, output: `${stdout}${stderr}`.trim().slice(-2000) })
    })
  })
}

function misfit(message: string, fix: string): ApplianceError {
  return new ApplianceError('UPDATE_DOES_NOT_FIT', message, fix)
}
