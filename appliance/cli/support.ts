import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { configFileOf, dataDirOf, loadConfig } from '../config/load.ts'
import { ApplianceError } from '../errors.ts'
import { askReadiness } from '../health/port-checks.ts'
import { backupName } from '../lifecycle/backup.ts'
import { type Host, thisHost } from '../lifecycle/host.ts'
import { collect, type Source } from '../lifecycle/support/collect.ts'
import { knownSecrets } from '../lifecycle/support/known-secrets.ts'
import { packFolder } from '../lifecycle/support/pack.ts'
import { type RunProgram, runProgram } from '../lifecycle/support/programs.ts'
import { createRedactor } from '../lifecycle/support/redactor.ts'
import { readStartText } from '../systemd/start-file.ts'
import { type Command, configOptions, type Given, jsonOption, parseOptions } from './command.ts'
import { configShow } from './config-show.ts'
import { doctor } from './doctor.ts'
import { type CliIo, writeJson } from './io.ts'
import { tune } from './tune.ts'
import { createUpdate } from './update.ts'
import { version } from './version.ts'

/** `callbox support`: what it takes to find a fault, without secrets. */
export const support: Command = createSupport(thisHost(), runProgram)

/** Makes the command for a host and its programs; tests have their own. */
export function createSupport(host: Host, run: RunProgram): Command {
  return {
    name: 'support',
    operands: ['[FILE]'],
    summary: 'collect what a bug report needs in one file, without secrets',
    details:
      'FILE is callbox-support-<host>-<time>.tar.gz here when none is named. As root it holds more: the journal, the firewall.\n' +
      'Addresses of this host and its peers are in it: read it before you give it away.',
    options: [{ name: 'force', help: 'replace FILE if it is there' }, ...configOptions, jsonOption],
    run: (given, io) => runSupport(host, run, given, io),
  }
}

async function runSupport(host: Host, run: RunProgram, given: Given, io: CliIo): Promise<number> {
  const name = backupName(host.name, io.now(), false).replace(
    /^callbox-(.*)\.tar\.gz$/,
    'callbox-support-$1',
  )
  const file = resolve(given.operands[0] ?? `${name}.tar.gz`)
  const from = { config: given.text('config'), dataDir: given.text('data-dir'), env: io.env }
  const places = { configFile: configFileOf(from), dataDir: dataDirOf(from), env: io.env }
  const { secrets, unread } = await knownSecrets(places)
  const { folder, files, missing } = await collect({
    name,
    redact: createRedactor(secrets),
    run,
    sources: ownSources(host, given, io),
    missing: unread,
  })
  try {
    await packFolder(folder, name, file, { force: given.flag('force') })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (given.flag('json')) writeJson(io, { file, files, missing })
  else io.out(describe(file, files, missing))
  return 0
}

function describe(file: string, files: readonly string[], missing: readonly string[]): string {
  const lines = [
    `Wrote ${file} (${files.length} files). Secrets are taken out; addresses of this host and its peers are in it.`,
    ...(missing.length === 0 ? [] : ['Could not be collected:']),
    ...missing.map((line) => `  ${line.split('\n')[0]}`),
  ]
  return `${lines.join('\n')}\n`
}

/** What our own commands say, as JSON. */
function ownSources(host: Host, given: Given, io: CliIo): readonly Source[] {
  const config = ['config', 'data-dir'].flatMap((option) => {
    const value = given.text(option)
    return value === undefined ? [] : [`--${option}`, value]
  })
  const update = createUpdate(host, () => {})
  const commands: readonly (readonly [string, Command, readonly string[]])[] = [
    ['version.json', version, ['--json']],
    ['doctor.json', doctor, ['--json', ...config]],
    ['config.json', configShow, ['--json', ...config]],
    ['tune.json', tune, ['--json', ...config]],
    ['update.json', update, ['--status', '--json']],
  ]
  return [
    ...commands.map(([file, command, args]) => ({ file, read: () => say(command, args, io) })),
    { file: 'start.json', read: () => readStart(host) },
    { file: 'readyz.json', read: () => readReadiness(given, io) },
  ]
}

/** What a command prints; its refusal where it refuses. */
async function say(command: Command, args: readonly string[], io: CliIo): Promise<string> {
  let out = ''
  const write = (text: string) => {
    out += text
  }
  try {
    await command.run(parseOptions(command, args), { ...io, out: write, err: write, colour: false })
    return out
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    const { code, message, fix } = error
    return `${out}${JSON.stringify({ error: { code, message, fix } }, null, 2)}\n`
  }
}

async function readStart({ root }: Host): Promise<string> {
  const text = await readStartText(resolve(root, 'run/callbox'))
  if (text === undefined) throw new Error('no start of a service has left its facts')
  return text
}

async function readReadiness(given: Given, io: CliIo): Promise<string> {
  const from = { config: given.text('config'), dataDir: given.text('data-dir'), env: io.env }
  const { config } = await loadConfig(from)
  const answer = await askReadiness(config.web.http_port)
  if (answer === undefined) throw new Error('no appliance answers on the HTTP port')
  return `${JSON.stringify(answer, null, 2)}\n`
}
