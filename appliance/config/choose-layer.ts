import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, systemErrorCode } from '../errors.ts'
import type { Warning } from '../warning.ts'
import type { Checked } from './check-config.ts'
import type { Problem } from './problems.ts'
import {
  EMPTY_LAYER,
  type LayerValues,
  layerOf,
  parseLayer,
  readLayerText,
  settingsFile,
  VERSIONS_FOLDER,
} from './settings-layer.ts'
import { parseVersion, VERSION_FILE } from './settings-version.ts'

/** What the admin page sets, and what became of it. */
export type PageSettings = Readonly<{
  /** The file, absolute; it may not exist. */
  file: string
  /** The values in effect. */
  values: LayerValues
  /** What is wrong with the file; then an earlier version is in effect, or none. */
  problems: readonly Problem[]
  /** What the operator has to know. */
  notices: readonly Warning[]
}>

/** A configuration with the page's part of it. */
export type ChosenLayer = Readonly<{ checked: Checked; settings: PageSettings }>

type Check = (layer: LayerValues) => Checked
type Read = Readonly<{
  values: LayerValues
  notices: readonly Warning[]
  problems: readonly Problem[]
}>

/**
 * Lays what the admin page saved over the rest. When the rest is good and that is not, the latest earlier version that is
 * good takes its place, else nothing does: a page's mistake keeps no appliance down.
 */
export async function chooseLayer(dataDir: string, check: Check): Promise<ChosenLayer> {
  const file = settingsFile(dataDir)
  const read = await readLayer(file)
  const checked = check(read.values)
  const problems = [...read.problems, ...checked.problems]
  if (problems.length === 0) return { checked, settings: { file, ...read } }
  const without = check(EMPTY_LAYER)
  if (without.problems.length > 0) {
    return { checked: without, settings: { file, ...read, values: EMPTY_LAYER } }
  }
  const earlier = await lastGood(join(dataDir, VERSIONS_FOLDER), check)
  const notice = unusable(file, problems, earlier !== undefined)
  const values = earlier ?? EMPTY_LAYER
  const settings = { file, values, problems, notices: [...read.notices, notice] }
  return { checked: earlier === undefined ? without : check(earlier), settings }
}

async function readLayer(file: string): Promise<Read> {
  try {
    const text = await readLayerText(file)
    if (text === undefined) return { values: EMPTY_LAYER, notices: [], problems: [] }
    const { values, unknown } = parseLayer(text)
    return { values, notices: unknown.length > 0 ? [dropped(file, unknown)] : [], problems: [] }
  } catch (error) {
    const reason = systemErrorCode(error) ?? messageOf(error)
    const fix = 'Save once on the admin page under Settings, or delete the file'
    const problem = { key: file, value: undefined, reason: `it cannot be read: ${reason}`, fix }
    return { values: EMPTY_LAYER, notices: [], problems: [problem] }
  }
}

/** The newest version that goes with the rest; one that cannot be read is passed over. */
async function lastGood(folder: string, check: Check): Promise<LayerValues | undefined> {
  for (const name of await versionNames(folder)) {
    const values = await valuesOf(join(folder, name))
    if (values !== undefined && check(values).problems.length === 0) return values
  }
  return undefined
}

async function versionNames(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => VERSION_FILE.test(name))
      .toSorted()
      .toReversed()
  } catch {
    return [] // there are none, or whoever asks may not look
  }
}

async function valuesOf(file: string): Promise<LayerValues | undefined> {
  try {
    const text = await readLayerText(file)
    return text === undefined ? undefined : layerOf(parseVersion(text).settings).values
  } catch {
    return undefined // an earlier one may do
  }
}

function dropped(file: string, unknown: readonly string[]): Warning {
  const names = unknown.slice(0, 10).map((name) => name.slice(0, 120))
  return {
    message: `${file} sets what this version has no option for: ${names.join(', ')}. It is left aside.`,
    fix: 'Save once on the admin page under Settings to be rid of it.',
  }
}

function unusable(file: string, problems: readonly Problem[], hasEarlier: boolean): Warning {
  const [first] = problems
  const why = first === undefined ? '' : `${first.key}: ${first.reason}`
  const instead = hasEarlier ? 'The version before is in effect' : 'The appliance runs without it'
  return {
    message: `The settings of the admin page (${file}) cannot be used: ${why}. ${instead}.`,
    fix: 'Correct them on the admin page under Settings; `callbox config check` tells everything that is wrong.',
  }
}
