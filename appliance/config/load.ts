import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { findConflicts } from './cross-checks.ts'
import { defaults } from './defaults.ts'
import { overlay, readEnvironment } from './environment.ts'
import { groups, isRecord, type Option, options, optionsByPath, valueAt } from './options.ts'
import {
  ConfigError,
  findNotYet,
  findUnknownKeys,
  type Locate,
  type Problem,
  refusal,
  showValue,
} from './problems.ts'
import { type Config, configSchema } from './schema.ts'

/** The file that is read when neither the command line nor the environment names one. */
const DEFAULT_CONFIG_FILE = '/etc/callbox/config.yaml'

/** Where secrets, certificates and the admin's record live when nobody says otherwise. */
const DEFAULT_DATA_DIR = './data'

const MAX_FILE_BYTES = 1024 * 1024

/** What the caller gives: options of the command line and the environment of the process. */
export type LoadOptions = Readonly<{
  config?: string | undefined
  dataDir?: string | undefined
  env: NodeJS.ProcessEnv
  /** Replaces `/etc/callbox/config.yaml` in tests. */
  defaultFile?: string
}>

/** Where the values came from. `file` is absolute; `variables` are those that set an option. */
export type ConfigSource = Readonly<{ file: string | undefined; variables: readonly string[] }>

/** A configuration that passed every check. `dataDir` is absolute and may not exist. */
export type LoadedConfig = Readonly<{ config: Config; source: ConfigSource; dataDir: string }>

/**
 * Loads the configuration: the file, then the environment over it, then every check.
 * Throws `ApplianceError` CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX or, with every problem
 * listed, CONFIG_INVALID.
 */
export async function loadConfig(from: LoadOptions): Promise<LoadedConfig> {
  const file = await readConfigFile(from)
  const environment = readEnvironment(from.env)
  const given = overlay(file?.given, environment.values)
  const locate = locator(file, environment.values)
  const source = {
    file: file?.path,
    variables: [...environment.values.keys()].map(({ variable }) => variable),
  }
  const problems = [...environment.problems, ...findUnknownKeys(given, locate)]
  const config = check(given, locate, problems)
  if (config === undefined || problems.length > 0) {
    throw new ConfigError(problems, describeSource(source))
  }
  return { config, source, dataDir: dataDirOf(from) }
}

/** The data directory that the command line or the environment names; absolute, and may not exist. */
export function dataDirOf({ dataDir, env }: LoadOptions): string {
  const { CALLBOX_DATA_DIR } = env
  return resolve(dataDir ?? (CALLBOX_DATA_DIR || DEFAULT_DATA_DIR))
}

/** The configuration file that would be read, whether it is good or not; absolute, and may not exist. */
export function configFileOf(from: LoadOptions): string {
  return resolve(namedFile(from) ?? from.defaultFile ?? DEFAULT_CONFIG_FILE)
}

function namedFile({ config, env }: LoadOptions): string | undefined {
  const { CALLBOX_CONFIG } = env
  return config ?? (CALLBOX_CONFIG || undefined)
}

/** Says where a configuration came from, in words. */
export function describeSource({ file, variables }: ConfigSource): string {
  const parts = [file ?? 'no file', ...variables]
  return variables.length === 0 && file === undefined ? 'defaults only' : parts.join(', ')
}

type ConfigFile = Readonly<{
  path: string
  given: unknown
  lineOf: (keys: readonly string[]) => number | undefined
}>

async function readConfigFile(from: LoadOptions): Promise<ConfigFile | undefined> {
  const path = configFileOf(from)
  const text = await readText(path, namedFile(from) !== undefined)
  return text === undefined ? undefined : parseFile(path, text)
}

async function readText(path: string, mustExist: boolean): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES)
      throw new Error(`it has ${size} bytes, more than a configuration has`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      throw new ApplianceError(
        'CONFIG_UNREADABLE',
        `The configuration file ${path} cannot be read: ${messageOf(error)}`,
        'Make it a file that the user of the appliance may read.',
        error,
      )
    }
    if (!mustExist) return undefined
    throw new ApplianceError(
      'CONFIG_NOT_FOUND',
      `The configuration file ${path} does not exist.`,
      'Name another with --config or CALLBOX_CONFIG, or leave both away to run with the defaults.',
      error,
    )
  }
}

function parseFile(path: string, text: string): ConfigFile {
  const lines = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const [error] = document.errors
    if (error !== undefined) {
      throw syntaxError(`${path}, line ${lines.linePos(error.pos[0]).line}`, error.message, error)
    }
    const lineOf = (keys: readonly string[]) => {
      const node = document.getIn(keys, true)
      return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined
    }
    return { path, given: document.toJS({ maxAliasCount: 20 }), lineOf }
  } catch (cause) {
    if (cause instanceof ApplianceError) throw cause
    throw syntaxError(path, messageOf(cause), cause)
  }
}

function syntaxError(where: string, message: string, cause: unknown): ApplianceError {
  return new ApplianceError(
    'CONFIG_SYNTAX',
    `${where}: this is not valid YAML: ${message}`,
    'Indent with spaces, put one `name: value` on a line, and quote texts with special characters.',
    cause,
  )
}

function locator(file: ConfigFile | undefined, variables: ReadonlyMap<Option, unknown>): Locate {
  return (path) => {
    const option = optionsByPath.get(path)
    if (option !== undefined && variables.has(option)) return `in ${option.variable}`
    if (file === undefined) return 'in the configuration'
    const line = file.lineOf(path.split('.'))
    return line === undefined ? `in ${file.path}` : `in ${file.path}, line ${line}`
  }
}

/** Adds what it finds to `problems`; returns nothing when the types are wrong. */
function check(given: unknown, locate: Locate, problems: Problem[]): Config | undefined {
  const cleaned = given === undefined || given === null ? {} : withoutNulls(given)
  const parsed = configSchema.safeParse(cleaned)
  if (!parsed.success) {
    const paths = new Set(parsed.error.issues.map((issue) => optionOrGroup(issue.path)))
    problems.push(...[...paths].map((path) => wrongType(path, cleaned, locate)))
    return undefined
  }
  problems.push(...findNotYet(parsed.data, defaults, locate))
  problems.push(...findConflicts(parsed.data, locate))
  return parsed.data
}

function optionOrGroup(path: readonly PropertyKey[]): string {
  const keys = path.map(String)
  for (let length = keys.length; length > 0; length -= 1) {
    const name = keys.slice(0, length).join('.')
    if (optionsByPath.has(name) || groups.has(name)) return name
  }
  return ''
}

function wrongType(path: string, given: unknown, locate: Locate): Problem {
  const option = optionsByPath.get(path)
  if (option !== undefined) return refusal(option, valueAt(given, option.keys), locate(path))
  const value = path === '' ? given : valueAt(given, path.split('.'))
  return {
    key: path === '' ? '(the whole file)' : path,
    value: showValue(path, value),
    reason: 'it holds other options, one `name: value` on a line',
    fix: `Change it ${locate(path)}`,
  }
}

/** A name without a value (`realm:`) means the default. */
function withoutNulls(given: unknown): unknown {
  const names = [...groups, ...options.map(({ path }) => path)]
  for (const name of names) {
    const keys = name.split('.')
    const parent = valueAt(given, keys.slice(0, -1))
    const key = keys.at(-1) ?? ''
    if (isRecord(parent) && parent[key] === null) delete parent[key]
  }
  return given
}
