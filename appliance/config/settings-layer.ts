import { join } from 'node:path'
import { parseDocument, stringify } from 'yaml'
import { messageOf, systemErrorCode } from '../errors.ts'
import { overlay } from './environment.ts'
import { groups, isRecord, type Option, options, optionsByPath } from './options.ts'
import { readSmallText } from './small-file.ts'

/** The file of the data directory that the admin page writes; it lies over the configuration file. */
export const SETTINGS_FILE = 'settings.yaml'

/** The folder of the data directory that keeps what was saved before. */
export const VERSIONS_FOLDER = 'settings-versions'

/** Many times what a page of settings holds. */
export const MAX_SETTINGS_BYTES = 256 * 1024

const HEAD = `# Written by the admin page (Settings), which keeps earlier versions too. It lies over config.yaml.
# Change values there; to be rid of them all, delete this file and restart.
`

/** What the admin page sets. */
export type LayerValues = ReadonlyMap<Option, unknown>

/** Values, and the names that no option of this version has. */
export type ParsedLayer = Readonly<{ values: LayerValues; unknown: readonly string[] }>

/** What nothing is set by. */
export const EMPTY_LAYER: LayerValues = new Map()

/** Reads a file of settings; `undefined` where there is none. Rejects when it is no file that the page wrote. */
export async function readLayerText(file: string): Promise<string | undefined> {
  try {
    return await readSmallText(file, MAX_SETTINGS_BYTES)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Takes the values out of a text. Throws, with words, on what is no YAML or no map. */
export function parseLayer(text: string): ParsedLayer {
  const document = parseDocument(text, { prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) throw new Error(`this is not valid YAML: ${messageOf(error)}`)
  return layerOf(document.toJS({ maxAliasCount: 0 }) ?? {})
}

/** Takes the values out of a map as the configuration file has it. Throws on what is no map. */
export function layerOf(given: unknown): ParsedLayer {
  if (!isRecord(given)) throw new Error('it holds no options')
  const values = new Map<Option, unknown>()
  const unknown: string[] = []
  collect(given, '', (path, value) => {
    const option = optionsByPath.get(path)
    if (option === undefined) unknown.push(path)
    else if (value !== null) values.set(option, value)
  })
  return { values, unknown }
}

function collect(
  given: Readonly<Record<string, unknown>>,
  path: string,
  take: (path: string, value: unknown) => void,
): void {
  for (const [key, value] of Object.entries(given)) {
    const inner = path === '' ? key : `${path}.${key}`
    if (groups.has(inner) && isRecord(value)) collect(value, inner, take)
    else take(inner, value)
  }
}

/** The values nested as the configuration file has them, in its order. */
export function nestedLayer(values: LayerValues): unknown {
  const ordered = options.filter((option) => values.has(option))
  return overlay({}, new Map(ordered.map((option) => [option, values.get(option)])))
}

/** Writes the file that `parseLayer` reads. */
export function layerText(values: LayerValues): string {
  return `${HEAD}${values.size === 0 ? '{}\n' : stringify(nestedLayer(values), { aliasDuplicateObjects: false })}`
}

/** Where the page's file lies. */
export function settingsFile(dataDir: string): string {
  return join(dataDir, SETTINGS_FILE)
}
