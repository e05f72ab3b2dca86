import type { LoadedConfig } from '../config/load.ts'
import { nearestName } from '../config/nearest-name.ts'
import { ApplianceError } from '../errors.ts'
import { adminReset } from './admin-reset.ts'
import { backup } from './backup.ts'
import { type Command, commandHelp, optionLines, parseOptions, UsageError } from './command.ts'
import { configCheck } from './config-check.ts'
import { configShow } from './config-show.ts'
import { consoleCommand } from './console.ts'
import { doctor } from './doctor.ts'
import { factoryReset } from './factory-reset.ts'
import { firewall } from './firewall.ts'
import { type CliIo, writeJson } from './io.ts'
import { restore } from './restore.ts'
import { start } from './start.ts'
import { support } from './support.ts'
import { tune } from './tune.ts'
import { turnCredentials } from './turn-credentials.ts'
import { update } from './update.ts'
import { version } from './version.ts'

const commands: readonly Command[] = [
  start,
  doctor,
  tune,
  firewall,
  turnCredentials,
  configCheck,
  configShow,
  adminReset,
  backup,
  restore,
  update,
  factoryReset,
  support,
  consoleCommand,
  version,
]

/** The exit code of a command line that was not understood. */
const USAGE = 2

/**
 * Runs one command. Answers its exit code (0 done, 1 refused, 2 not understood), or the
 * configuration to start the appliance with. Without a command it is `start`.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number | LoadedConfig> {
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${error.message}\nSee callbox --help.\n`)
      return USAGE
    }
    if (!(error instanceof ApplianceError)) throw error
    report(error, argv.includes('--json'), io)
    return 1
  }
}

async function dispatch(argv: readonly string[], io: CliIo): Promise<number | LoadedConfig> {
  const [first] = argv
  if (first === '--version' || first === '-v') return version.run(parseOptions(version, []), io)
  if (first === '--help' || first === '-h' || first === 'help') {
    io.out(overview())
    return 0
  }
  const { command, args } = findCommand(argv)
  const given = parseOptions(command, args)
  if (!given.flag('help')) return command.run(given, io)
  io.out(commandHelp(command))
  return 0
}

/** Finds the command of one or two words; what follows are its options. */
function findCommand(argv: readonly string[]): { command: Command; args: readonly string[] } {
  const [first] = argv
  if (first === undefined || first.startsWith('-')) return { command: start, args: argv }
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ')
    const command = commands.find((candidate) => candidate.name === name)
    if (command !== undefined) return { command, args: argv.slice(words) }
  }
  throw new UsageError(unknownCommand(argv))
}

function unknownCommand(argv: readonly string[]): string {
  const firstOption = argv.findIndex((arg) => arg.startsWith('-'))
  const words = firstOption < 0 ? argv : argv.slice(0, firstOption)
  const given = words.slice(0, 2).join(' ')
  const [first = ''] = argv
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (group.length > 0) {
    return `callbox ${first} takes a second word: ${group.map(({ name }) => name.split(' ')[1]).join(', ')}.`
  }
  const names = commands.map(({ name }) => name)
  const near = nearestName(given, names) ?? nearestName(first, names)
  return `There is no command ${first}.${near === undefined ? '' : ` Did you mean ${near}?`}`
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'callbox <command> [options]',
    '',
    'Commands',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Options of start (npm start -- [options])',
    ...optionLines(start.options),
    '',
    'callbox <command> --help tells the options of a command.',
    '',
  ].join('\n')
}

function report(error: ApplianceError, json: boolean, io: CliIo): void {
  const { code, message, fix } = error
  if (json) writeJson(io, { error: { code, message, fix } })
  else io.err(`${message}\n${fix}\n`)
}
