import { readFile, stat } from 'node:fs/promises'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'

const MAX_FILE_BYTES = 1024 * 1024

/** A configuration file that was read. */
export type ConfigFile = Readonly<{
  path: string
  given: unknown
  /** The line that a key stands in; `undefined` where it does not. */
  lineOf: (keys: readonly string[]) => number | undefined
}>

/**
 * Reads a configuration file; `undefined` where there is none and none is needed. Throws CONFIG_NOT_FOUND,
 * CONFIG_UNREADABLE or CONFIG_SYNTAX.
 */
export async function readConfigFile(
  path: string,
  mustExist: boolean,
): Promise<ConfigFile | undefined> {
  const text = await readText(path, mustExist)
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
