import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { readStartText } from '../systemd/start-file.ts'
import { readinessBy } from './ask-readiness.ts'
import { awaitReady, type ReadyOutcome } from './await-ready.ts'
import { syncFolder, writeDurably } from './durable.ts'
import { isMissing, isThere, readText, statIfThere } from './files.ts'
import type { Host } from './host.ts'
import { keptAt, type Places, placesOf, requireInstalled } from './places.ts'
import { withoutUpdate } from './update-lock.ts'

/** What came of it: the link that sets the admin's password, as far as the start told it. */
export type Reset = Readonly<{ setupLink: string | undefined; ready: ReadyOutcome | undefined }>

/** How it is done. */
export type ResetOptions = Readonly<{
  step: (text: string) => void
  limitMs: number
  /** Makes new SSH host keys below a folder; tests have their own. */
  makeHostKeys?: (root: string) => Promise<void>
}>

/** The templates that a configuration can be made from; the second one is the image's. */
const TEMPLATES = ['config.yaml', 'config-image.yaml'] as const
type Template = (typeof TEMPLATES)[number]

/** What stays in the configuration's folder: what the installation put there, such as the way in by SSH. */
const STAYS = ['config.yaml', '.template', 'update-keys', 'firewall.env']

const STABLE_MS = 2000

/**
 * Makes the appliance as it was when it was installed: no data, no backups of it, the configuration of the template; new
 * secrets come with the start. Throws NOT_INSTALLED, UPDATE_BUSY or RESET_FAILED, which says how much was changed.
 */
export async function factoryReset(host: Host, options: ResetOptions): Promise<Reset> {
  const places = placesOf(host.root)
  await requireInstalled(places, 'factory-reset')
  return withoutUpdate(places, async () => {
    const { template, text } = await readTemplate(places)
    const managed = await host.service.isManaged()
    options.step('Stopping the appliance')
    if (managed) await host.service.stop()
    try {
      options.step('Removing its data, and backups of it')
      await emptyDataDir(places.dataDir)
      await removeFacts(places)
      options.step(`Writing the configuration anew (${template})`)
      await resetConfig(places, text)
      if (template === 'config-image.yaml') {
        options.step('Making new SSH host keys')
        await (options.makeHostKeys ?? makeHostKeys)(host.root)
      }
    } catch (error) {
      throw halfDone(error)
    }
    if (!managed) return { setupLink: undefined, ready: undefined }
    options.step('Starting the appliance')
    return startAgain(host, options.limitMs)
  })
}

async function startAgain(host: Host, limitMs: number): Promise<Reset> {
  const { service, clock, root } = host
  const readiness = readinessBy(host, keptAt(placesOf(root)))
  await service.restart()
  const ready = await awaitReady({
    service,
    clock,
    readiness,
    excused: [],
    stableMs: STABLE_MS,
    limitMs,
  })
  return { setupLink: await readSetupLink(join(root, '/run/callbox')), ready }
}

async function readSetupLink(folder: string): Promise<string | undefined> {
  const text = await readStartText(folder)
  if (text === undefined) return undefined
  return z.object({ setupLink: z.string().optional() }).parse(JSON.parse(text)).setupLink
}

async function readTemplate({ template, current }: Places) {
  const named = ((await readText(template)) ?? TEMPLATES[0]).trim()
  const name: Template | undefined = TEMPLATES.find((one) => one === named)
  const file = join(current, 'scripts/install', name ?? '')
  try {
    if (name === undefined) throw new Error(`${template} names ${JSON.stringify(named)}`)
    return { template: name, text: await readFile(file, 'utf8') }
  } catch (error) {
    throw new ApplianceError(
      'RESET_FAILED',
      `The template of the configuration cannot be read: ${messageOf(error)}. Nothing was changed.`,
      `Write one of ${TEMPLATES.join(', ')} into ${template}, or install the release again.`,
      error,
    )
  }
}

/**
 * Takes the directory away in one step, and then what is in it; leaves an empty one with the same owner. One that is a file
 * system of its own stays, and what is in it goes; one that a link leads to is emptied where it lies.
 */
async function emptyDataDir(place: string): Promise<void> {
  const dataDir = (await isThere(place)) ? await realpath(place) : place
  const parent = dirname(dataDir)
  const leftover = `.${basename(dataDir)}-re`
  try {
    const { uid, gid } = await stat(dataDir)
    const gone = join(parent, `${leftover}set`)
    await rm(gone, { recursive: true, force: true })
    await rename(dataDir, gone)
    await mkdir(dataDir, { mode: 0o700 })
    await chown(dataDir, uid, gid)
    await chmod(dataDir, 0o700)
    await syncFolder(parent)
  } catch (error) {
    if (['EBUSY', 'EXDEV'].includes(systemErrorCode(error) ?? '')) await removeBelow(dataDir, '')
    else if (!isMissing(error)) throw error
  }
  await removeBelow(parent, leftover)
}

/** Removes what lies in a folder and begins so. */
async function removeBelow(folder: string, begin: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(begin))
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true })
  await syncFolder(folder)
}

/** Removes what root keeps of the appliance: backups, and what was collected for bug reports. */
async function removeFacts({ backups, updateDir }: Places): Promise<void> {
  await rm(backups, { recursive: true, force: true })
  await removeBelow(updateDir, 'callbox-support-')
}

async function resetConfig({ configDir, config }: Places, text: string): Promise<void> {
  const present = await statIfThere(config)
  const { uid, gid } = present ?? (await stat(configDir))
  await writeDurably(config, text, { mode: (present?.mode ?? 0o640) & 0o777, uid, gid })
  for (const name of await readdir(configDir)) {
    if (!STAYS.includes(name)) await rm(join(configDir, name), { recursive: true, force: true })
  }
}

async function makeHostKeys(root: string): Promise<void> {
  const folder = join(root, '/etc/ssh')
  if (!(await isThere(folder))) return
  const names = (await readdir(folder)).filter((name) => /^ssh_host_.*_key(\.pub)?$/.test(name))
  for (const name of names) await rm(join(folder, name))
  const run = promisify(execFile)
  await run('ssh-keygen', ['-A', '-f', root])
  // It shows the keys that it read when it started; where it does not run this does nothing.
  await run('systemctl', ['--no-ask-password', 'try-restart', 'ssh.service'])
}

function halfDone(error: unknown): ApplianceError {
  return new ApplianceError(
    'RESET_FAILED',
    `The reset did not come to its end: ${messageOf(error)}. The appliance is stopped, and some of its data is gone.`,
    'See that the disk has room and can be written, and run callbox factory-reset again.',
    error,
  )
}
