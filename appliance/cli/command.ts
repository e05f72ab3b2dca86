import { parseArgs } from 'node:util'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { nearestName } from '../config/nearest-name.ts'
import type { CliIo } from './io.ts'

/** One option of a command: `--name VALUE`, or `--name` alone when it takes no value. */
export type CommandOption = Readonly<{ name: string; value?: string; help: string }>

/** What was given on the command line. */
export type Given = Readonly<{
  flag: (name: string) => boolean
  text: (name: string) => string | undefined
  /** What is no option, in order; never more than the command's operands. */
  operands: readonly string[]
}>

/** One command. `run` answers the exit code, or the configuration to start the appliance with. */
export type Command = Readonly<{
  name: string
  summary: string
  /** More than the summary, for its own help. */
  details?: string
  /** What it takes besides options, as its help names them: `FILE`, or `[FILE]` when it may be left away. */
  operands?: readonly string[]
  options: readonly CommandOption[]
  run: (given: Given, io: CliIo) => Promise<number | LoadedConfig>
}>

/** The command line was not understood; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The options of every command that reads the configuration. */
export const configOptions: readonly CommandOption[] = [
  {
    name: 'config',
    value: 'FILE',
    help: 'configuration file (else $CALLBOX_CONFIG, else /etc/callbox/config.yaml)',
  },
  {
    name: 'data-dir',
    value: 'DIR',
    help: 'secrets, certificate, admin record (else $CALLBOX_DATA_DIR, else ./data)',
  },
]

/** The option of every command that prints facts. */
export const jsonOption: CommandOption = { name: 'json', help: 'print JSON, for programs' }

/** Loads the configuration that the command line and the environment name. */
export function loadGivenConfig(given: Given, io: CliIo): Promise<LoadedConfig> {
  return loadConfig({ config: given.text('config'), dataDir: given.text('data-dir'), env: io.env })
}

/** Parses a command's options. Throws `UsageError`, naming the nearest option for an unknown one. */
export function parseOptions(command: Command, args: readonly string[]): Given {
  const known = [...command.options, { name: 'help', help: '' }]
  const config = known.map(({ name, value }) => {
    const type: 'string' | 'boolean' = value === undefined ? 'boolean' : 'string'
    return [name, name === 'help' ? { type, short: 'h' } : { type }] as const
  })
  const { operands = [] } = command
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(config),
      allowPositionals: operands.length > 0,
    })
    const extra = positionals[operands.length]
    if (extra !== undefined) throw new Error(`Unexpected argument '${extra}'`)
    return {
      operands: positionals,
      flag: (name) => values[name] === true,
      text: (name) => {
        const value = values[name]
        return typeof value === 'string' ? value : undefined
      },
    }
  } catch (error) {
    throw new UsageError(explain(error, args, known), { cause: error })
  }
}

/** Writes the help of one command. */
export function commandHelp(command: Command): string {
  const options = [...command.options, { name: 'help', help: 'show this' }]
  return [
    `callbox ${[command.name, ...(command.operands ?? [])].join(' ')}: ${command.summary}`,
    ...(command.details === undefined ? [] : ['', command.details]),
    '',
    'Options',
    ...optionLines(options),
    '',
  ].join('\n')
}

/** Writes options in two columns. */
export function optionLines(options: readonly CommandOption[]): string[] {
  const left = options.map(
    ({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`,
  )
  const width = Math.max(...left.map((text) => text.length))
  return options.map(({ help }, index) => `  ${(left[index] ?? '').padEnd(width)}  ${help}`)
}

function explain(error: unknown, args: readonly string[], known: readonly CommandOption[]): string {
  const unknown = args.find((arg) => {
    const name = /^--([^=]+)/.exec(arg)?.[1]
    return name !== undefined && !known.some((option) => option.name === name)
  })
  if (unknown === undefined) return firstSentence(error)
  const name = unknown.replace(/^--|=.*$/g, '')
  const near = nearestName(
    name,
    known.map((option) => option.name),
  )
  return `There is no option --${name}.${near === undefined ? '' : ` Did you mean --${near}?`}`
}

function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `${text.split(/\.\s/)[0]?.replace(/\.$/, '')}.`
}
