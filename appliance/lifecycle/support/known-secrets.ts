import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { isRecord, options, valueAt } from '../../config/options.ts'
import { settingsFile, VERSIONS_FOLDER } from '../../config/settings-layer.ts'
import { messageOf } from '../../errors.ts'
import { isMissing, readText } from '../files.ts'
import { walk } from '../walk.ts'

/**
 * Lists every secret of this appliance that can be read: the texts of all JSON files of the data directory, and what
 * the configuration file, the admin page, now and before, and the environment give to secret options. A file that cannot be read is named in `unread`.
 */
export async function knownSecrets(
  from: Readonly<{ configFile: string; dataDir: string; env: NodeJS.ProcessEnv }>,
): Promise<Readonly<{ secrets: readonly string[]; unread: readonly string[] }>> {
  const secrets: string[] = []
  const unread: string[] = []
  const read = async (file: string, take: (text: string) => readonly string[]) => {
    try {
      const text = await readText(file)
      if (text !== undefined) secrets.push(...take(text))
    } catch (error) {
      unread.push(`${file}: ${messageOf(error)}`)
    }
  }
  for (const file of await filesBelow(from.dataDir, '.json', unread)) {
    await read(file, (text) => texts(JSON.parse(text)))
  }
  await read(from.configFile, configSecrets)
  await read(settingsFile(from.dataDir), configSecrets)
  for (const file of await filesBelow(join(from.dataDir, VERSIONS_FOLDER), '.yaml', unread)) {
    await read(file, configSecrets)
  }
  for (const { text, variable } of options) {
    const value = from.env[variable]
    if (text.secret === true && value !== undefined) secrets.push(value, ...value.split(/[\s,=]+/))
  }
  return { secrets, unread }
}

function configSecrets(text: string): readonly string[] {
  const document = parseDocument(text, { prettyErrors: false })
  const config: unknown = document.toJS({ maxAliasCount: 20 })
  // A kept version of the admin page's settings has them beside who saved it.
  return [config, valueAt(config, ['settings'])].flatMap(secretsIn)
}

function secretsIn(config: unknown): readonly string[] {
  return options
    .filter(({ text: { secret } }) => secret === true)
    .flatMap(({ keys }) => {
      const value = valueAt(config, keys)
      return typeof value === 'number' ? [String(value)] : texts(value)
    })
}

/** The texts in a value; names of a map are none of them. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(texts)
  return isRecord(value) ? Object.values(value).flatMap(texts) : []
}

async function filesBelow(
  folder: string,
  ending: string,
  unread: string[],
): Promise<readonly string[]> {
  try {
    const files = (await walk(folder)).filter(({ isFile, path }) => isFile && path.endsWith(ending))
    return files.map(({ path }) => join(folder, path))
  } catch (error) {
    if (!isMissing(error)) unread.push(`${folder}: ${messageOf(error)}`)
    return []
  }
}
