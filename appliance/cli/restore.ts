import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ApplianceError, messageOf } from '../errors.ts'
import { confirm } from '../lifecycle/ask.ts'
import { readinessBy } from '../lifecycle/ask-readiness.ts'
import type { Kept } from '../lifecycle/backup.ts'
import type { Key } from '../lifecycle/encryption.ts'
import { throughHangup } from '../lifecycle/hangup.ts'
import { type Host, thisHost } from '../lifecycle/host.ts'
import { placesOf } from '../lifecycle/places.ts'
import { discardStaged, keepPresent, type Staged, stageBackup } from '../lifecycle/restore.ts'
import { restoreNow } from '../lifecycle/restore-now.ts'
import { withoutUpdate } from '../lifecycle/update-lock.ts'
import { keptBy } from './backup.ts'
import { type Command, configOptions, type Given, jsonOption, UsageError } from './command.ts'
import { type CliIo, writeJson } from './io.ts'
import { readIdentities, readPassphrase } from './secret-input.ts'

const READY_LIMIT_MS = 120_000

/** `callbox restore`: makes this appliance the one of a backup. */
export const restore: Command = createRestore(thisHost())

/** Makes the command for a host; tests have one in a folder. */
export function createRestore(host: Host): Command {
  return {
    name: 'restore',
    operands: ['FILE'],
    summary: 'make this appliance the one of a backup',
    details:
      'Checks all of FILE before anything changes, and keeps what is there as a backup. `-` is standard input.\n' +
      'Where systemd runs the appliance it is restarted; if it does not become ready, all is put back.',
    options: [
      {
        name: 'passphrase-file',
        value: 'FILE',
        help: 'its first line opens the backup; else it is asked for',
      },
      { name: 'identity', value: 'FILE', help: 'the file of age-keygen that opens the backup' },
      { name: 'yes', help: 'do not ask whether it is meant' },
      ...configOptions,
      jsonOption,
    ],
    run: (given, io) => runRestore(host, given, io),
  }
}

async function runRestore(host: Host, given: Given, io: CliIo): Promise<number> {
  const [file] = given.operands
  if (file === undefined) throw new UsageError('callbox restore takes the file of a backup.')
  if (file === '-' && given.text('passphrase-file') === '-') {
    throw new UsageError('Standard input cannot be both the backup and its passphrase.')
  }
  const json = given.flag('json')
  const say = (line: string) => (json ? io.err : io.out)(`${line}\n`)
  const kept = keptBy(given, io)
  const staged = await stageBackup(await open(file), kept, () => chooseKey(host, given))
  try {
    say(describeStaged(staged))
    await confirm(host.ask, {
      yes: given.flag('yes'),
      question: 'Replace them? Type yes: ',
      expected: 'yes',
    })
    const managed = await isManaged(host, kept)
    const replace = () => replaceBy(staged, { host, kept, managed, say, env: io.env })
    const before =
      managed && host.isRoot ? await withoutUpdate(placesOf(host.root), replace) : await replace()
    const { createdAt, hostName, version } = staged.manifest
    if (json)
      writeJson(io, { restored: { createdAt, hostName, version }, before, restarted: managed })
    else {
      say(
        managed
          ? 'Restored; the appliance is ready.'
          : 'Restored. Restart the appliance, if it runs: it still has the old state in memory.',
      )
    }
    return 0
  } finally {
    await discardStaged(staged)
  }
}

type Replacing = Readonly<{
  host: Host
  kept: Kept
  managed: boolean
  say: (line: string) => void
  env: NodeJS.ProcessEnv
}>

/** Answers where what was there is kept. */
async function replaceBy(
  staged: Staged,
  { host, kept, managed, say, env }: Replacing,
): Promise<string | undefined> {
  const before = await keepPresent(host, kept)
  if (before !== undefined) say(`What is there is kept in ${before}`)
  const readiness = readinessBy(host, kept, env)
  await throughHangup(() =>
    restoreNow(host, staged, { readiness, managed, limitMs: READY_LIMIT_MS, say }),
  )
  return before
}

async function open(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  try {
    await access(file, constants.R_OK)
    return createReadStream(file)
  } catch (error) {
    throw new ApplianceError(
      'BACKUP_BAD',
      `${file} cannot be read: ${messageOf(error)}`,
      'Name the file of a backup.',
      error,
    )
  }
}

async function chooseKey(host: Host, given: Given): Promise<Key> {
  const identity = given.text('identity')
  if (identity !== undefined) return { identities: await readIdentities(identity) }
  const file = given.text('passphrase-file')
  if (file !== undefined) return { passphrase: await readPassphrase(file) }
  if (host.ask === undefined) {
    throw new ApplianceError(
      'BACKUP_KEY',
      'The backup is encrypted.',
      'Name its passphrase with --passphrase-file, or its key with --identity.',
    )
  }
  return { passphrase: await host.ask('Passphrase of the backup: ', { hidden: true }) }
}

function describeStaged({ manifest, kept }: Staged): string {
  const count = (prefix: string) => {
    const { length } = manifest.files.filter(({ path }) => path.startsWith(prefix))
    return length === 1 ? '1 file' : `${length} files`
  }
  return [
    `The backup is of ${manifest.hostName}, ${manifest.createdAt}, Callbox ${manifest.version}, and whole.`,
    'It replaces:',
    ...(manifest.files.some(({ path }) => path.startsWith('config/'))
      ? [`  ${kept.configFile} (${count('config/')})`]
      : []),
    `  ${kept.dataDir} (${count('data/')}: secrets, admin password, certificates)`,
  ].join('\n')
}

/** Whether systemd runs an appliance on this very data. */
async function isManaged(host: Host, { dataDir }: Kept): Promise<boolean> {
  return dataDir === placesOf(host.root).dataDir && (await host.service.isManaged())
}
