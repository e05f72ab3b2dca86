import { resolve } from 'node:path'
import { type Checked, checkConfig } from './check-config.ts'
import { type ChosenLayer, chooseLayer, type PageSettings } from './choose-layer.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import { overlay, readEnvironment } from './environment.ts'
import { optionsByPath, valueAt } from './options.ts'
import { ConfigError, type Locate } from './problems.ts'
import type { Config } from './schema.ts'
import { type LayerValues, settingsFile } from './settings-layer.ts'

/** The file that is read when neither the command line nor the environment names one. */
const DEFAULT_CONFIG_FILE = '/etc/callbox/config.yaml'

/** Where secrets, certificates and the admin's record live when nobody says otherwise. */
const DEFAULT_DATA_DIR = './data'

/** What the caller gives: options of the command line and the environment of the process. */
export type LoadOptions = Readonly<{
  config?: string | undefined
  dataDir?: string | undefined
  env: NodeJS.ProcessEnv
  /** Stands for what the admin page saved: a proposal, or nothing where the file alone is asked about. */
  layer?: LayerValues
  /** Replaces `/etc/callbox/config.yaml` in tests. */
  defaultFile?: string
}>

/**
 * Where the values came from. `file` and `settings` are absolute, `undefined` when nothing is taken from there; `variables`
 * are those that set an option.
 */
export type ConfigSource = Readonly<{
  file: string | undefined
  settings: string | undefined
  variables: readonly string[]
}>

/** Who set an option; of several, the last of these. `page` is the admin page. */
export type Origin = 'default' | 'file' | 'page' | 'environment'

/** A configuration that passed every check. `dataDir` is absolute and may not exist. */
export type LoadedConfig = Readonly<{
  config: Config
  source: ConfigSource
  dataDir: string
  settings: PageSettings
  originOf: (path: string) => Origin
}>

/**
 * Loads the configuration: the file, what the admin page saved over it, the environment over that, then every check.
 * Throws `ApplianceError` CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_SYNTAX or, with every problem listed, CONFIG_INVALID.
 * What is wrong with the admin page's part alone is told in `settings`, and does not keep the rest from loading.
 */
export async function loadConfig(from: LoadOptions): Promise<LoadedConfig> {
  const named = namedFile(from)
  const file = await readConfigFile(configFileOf(from), named !== undefined)
  const environment = readEnvironment(from.env)
  const dataDir = dataDirOf(from)
  const check = (layer: LayerValues): Checked => {
    const given = overlay(overlay(file?.given, layer), environment.values)
    const { config, problems } = checkConfig(given, locator({ file, layer, ...environment }))
    return { config, problems: [...environment.problems, ...problems] }
  }
  const { checked, settings } = await layered(from, dataDir, check)
  const source = {
    file: file?.path,
    settings: settings.values.size > 0 ? settings.file : undefined,
    variables: [...environment.values.keys()].map(({ variable }) => variable),
  }
  const { config, problems } = checked
  if (config === undefined || problems.length > 0) {
    throw new ConfigError(problems, describeSource(source))
  }
  const originOf = origins({ file, layer: settings.values, values: environment.values })
  return { config, source, dataDir, settings, originOf }
}

async function layered(
  { layer }: LoadOptions,
  dataDir: string,
  check: (layer: LayerValues) => Checked,
): Promise<ChosenLayer> {
  if (layer === undefined) return chooseLayer(dataDir, check)
  const file = settingsFile(dataDir)
  return { checked: check(layer), settings: { file, values: layer, problems: [], notices: [] } }
}

/** The data directory that the command line or the environment names; absolute, and may not exist. */
export function dataDirOf({ dataDir, env }: Pick<LoadOptions, 'dataDir' | 'env'>): string {
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
export function describeSource({ file, settings, variables }: ConfigSource): string {
  const parts = [file ?? 'no file', ...(settings === undefined ? [] : [settings]), ...variables]
  return parts.length === 1 && file === undefined ? 'defaults only' : parts.join(', ')
}

type Layers = Readonly<{
  file: ConfigFile | undefined
  layer: LayerValues
  values: LayerValues
}>

function origins({ file, layer, values }: Layers): (path: string) => Origin {
  return (path) => {
    const option = optionsByPath.get(path)
    if (option === undefined) return 'default'
    if (values.has(option)) return 'environment'
    if (layer.has(option)) return 'page'
    return (valueAt(file?.given, option.keys) ?? null) === null ? 'default' : 'file'
  }
}

function locator(layers: Layers): Locate {
  const { file, layer, values } = layers
  return (path) => {
    const option = optionsByPath.get(path)
    if (option !== undefined && values.has(option)) return `in ${option.variable}`
    if (option !== undefined && layer.has(option)) return 'on the admin page under Settings'
    if (file === undefined) return 'in the configuration'
    const line = file.lineOf(path.split('.'))
    return line === undefined ? `in ${file.path}` : `in ${file.path}, line ${line}`
  }
}
