import type { LoadedConfig } from '../config/load.ts'
import { nearestName } from '../config/nearest-name.ts'
import { ApplianceError } from '../errors.ts'
import { type Command, commandHelp, optionLines, parseOptions, UsageError } from './command.ts'
import { type CliIo, writeJson } from './io.ts'

/** Every command in the order of the help; each is loaded when it is asked for, as most stand on much. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['start', async () => (await import('./start.ts')).start],
  ['doctor', async () => (await import('./doctor.ts')).doctor],
  ['tune', async () => (await import('./tune.ts')).tune],
  ['firewall', async () => (await import('./firewall.ts')).firewall],
  ['turn-credentials', async () => (await import('./turn-credentials.ts')).turnCredentials],
  ['config check', async () => (await import('./config-check.ts')).configCheck],
  ['config show', async () => (await import('./config-show.ts')).configShow],
  ['admin reset', async () => (await import('./admin-reset.ts')).adminReset],
  ['backup', async () => (await import('./backup.ts')).backup],
  ['restore', async () => (await import('./restore.ts')).restore],
  ['update', async () => (await import('./update.ts')).update],
  ['factory-reset', async () => (await import('./factory-reset.ts')).factoryReset],
  ['support', async () => (await import('./support.ts')).support],
  ['console', async () => (await import('./console.ts')).consoleCommand],
  ['version', async () => (await import('./version.ts')).version],
])

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
  if (first === '--version' || first === '-v') return dispatch(['version'], io)
  if (first === '--help' || first === '-h' || first === 'help') {
    io.out(await overview())
    return 0
  }
  const { load, args } = findCommand(argv)
  const command = await load()
  const given = parseOptions(command, args)
  if (!given.flag('help')) return command.run(given, io)
  io.out(commandHelp(command))
  return 0
}

/** Finds the command of one or two words; what follows are its options. */
function findCommand(argv: readonly string[]): {
  load: () => Promise<Command>
  args: readonly string[]
} {
  const [first] = argv
  const isStart = first === undefined || first.startsWith('-')
  const words = isStart ? ['start', ...argv] : argv
  for (const count of [2, 1]) {
    const load = commands.get(words.slice(0, count).join(' '))
    if (load !== undefined) return { load, args: words.slice(count) }
  }
  throw new UsageError(unknownCommand(argv))
}

function unknownCommand(argv: readonly string[]): string {
  const firstOption = argv.findIndex((arg) => arg.startsWith('-'))
  const words = firstOption < 0 ? argv : argv.slice(0, firstOption)
  const given = words.slice(0, 2).join(' ')
  const [first = ''] = argv
  const names = [...commands.keys()]
  const group = names.filter((name) => name.startsWith(`${first} `))
  if (group.length > 0) {
    return `callbox ${first} takes a second word: ${group.map((name) => name.split(' ')[1]).join(', ')}.`
  }
  const near = nearestName(given, names) ?? nearestName(first, names)
  return `There is no command ${first}.${near === undefined ? '' : ` Did you mean ${near}?`}`
}

async function overview(): Promise<string> {
  const all = await Promise.all([...commands.values()].map((load) => load()))
  const [start] = all
  const width = Math.max(...all.map(({ name }) => name.length))
  return [
    'callbox <command> [options]',
    '',
    'Commands',
    ...all.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Options of start (npm start -- [options])',
    ...optionLines(start?.options ?? []),
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
