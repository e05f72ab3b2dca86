import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readEnvironment } from '../config/environment.ts'
import { configFileOf, dataDirOf } from '../config/load.ts'
import {
  type BackupFacts,
  type BackupOptions,
  backUp,
  backUpToFile,
  backupName,
  type Kept,
} from '../lifecycle/backup.ts'
import type { Lock } from '../lifecycle/encryption.ts'
import { type Host, thisHost } from '../lifecycle/host.ts'
import { type Command, configOptions, type Given, jsonOption, UsageError } from './command.ts'
import { type CliIo, writeJson } from './io.ts'
import { readPassphrase } from './secret-input.ts'

/** `callbox backup`: one file with all that makes this appliance this one. */
export const backup: Command = createBackup(thisHost())

/** Makes the command for a host; tests have one in a folder. */
export function createBackup(host: Host): Command {
  return {
    name: 'backup',
    operands: ['[FILE]'],
    summary: 'write configuration, secrets, certificates and data to one file',
    details:
      'FILE is callbox-<host>-<time>.tar.gz here when none is named, and standard output for `-`. Calls go on meanwhile.\n' +
      'A plain backup has every secret in it; encrypted ones are in the age format, which `age` opens too.',
    options: [
      {
        name: 'passphrase-file',
        value: 'FILE',
        help: 'encrypt with its first line; - reads it from standard input',
      },
      {
        name: 'recipient',
        value: 'KEY',
        help: 'encrypt for public keys of age-keygen (age1…,age1…)',
      },
      { name: 'force', help: 'replace FILE if it is there' },
      ...configOptions,
      jsonOption,
    ],
    run: (given, io) => runBackup(host, given, io),
  }
}

async function runBackup(host: Host, given: Given, io: CliIo): Promise<number> {
  const lock = await chosenLock(given)
  const kept = keptBy(given, io)
  const options: BackupOptions = {
    hostName: host.name,
    nowMs: io.now(),
    force: given.flag('force'),
    ...(lock === undefined ? {} : { lock }),
  }
  const [name = backupName(host.name, io.now(), lock !== undefined)] = given.operands
  const toOutput = name === '-'
  if (toOutput && process.stdout.isTTY) {
    throw new UsageError('A backup is nothing for a terminal: send it to a file or a program.')
  }
  const file = toOutput ? '-' : resolve(name)
  const facts = toOutput
    ? await backUp(kept, options, (bytes) => pipeline(bytes, process.stdout, { end: false }))
    : await backUpToFile(kept, file, options)
  const notes = [...facts.notes, ...environmentNotes(io)]
  if (toOutput) io.err(describe(file, { ...facts, notes }))
  else if (given.flag('json')) writeJson(io, { file, ...facts, notes })
  else io.out(describe(file, { ...facts, notes }))
  return 0
}

/** What the options and the environment say is to be kept, whether it is good or not. */
export function keptBy(given: Given, io: CliIo): Kept {
  const from = { config: given.text('config'), dataDir: given.text('data-dir'), env: io.env }
  return { configFile: configFileOf(from), dataDir: dataDirOf(from) }
}

async function chosenLock(given: Given): Promise<Lock | undefined> {
  const recipient = given.text('recipient')
  const passphraseFile = given.text('passphrase-file')
  if (recipient !== undefined && passphraseFile !== undefined) {
    throw new UsageError('--recipient and --passphrase-file exclude each other.')
  }
  if (recipient !== undefined) return { recipients: recipient.split(',') }
  return passphraseFile === undefined
    ? undefined
    : { passphrase: await readPassphrase(passphraseFile) }
}

function environmentNotes({ env }: CliIo): string[] {
  const names = [...readEnvironment(env).values.keys()].map(({ variable }) => variable)
  if (names.length === 0) return []
  return [`Set by the environment, and so not in it: ${names.join(', ')}.`]
}

function describe(file: string, { files, bytes, encrypted, notes }: BackupFacts): string {
  const what = `${files} ${files === 1 ? 'file' : 'files'} (${Math.ceil(bytes / 1024)} KiB before compression)`
  const lines = [
    `${file === '-' ? 'Written to standard output' : `Wrote ${file}`}: ${what}, ${encrypted ? 'encrypted' : 'not encrypted'}.`,
    ...(encrypted
      ? []
      : ['It holds every secret of this appliance: keep it where nobody else reads it.']),
    ...notes,
  ]
  return `${lines.join('\n')}\n`
}
