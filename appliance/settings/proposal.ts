import type { SettingProblem, SettingsProposal } from '#api'
import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.ts'
import { type Option, optionsByPath } from '../config/options.ts'
import { ConfigError, type Problem } from '../config/problems.ts'
import {
  type LayerValues,
  layerText,
  MAX_SETTINGS_BYTES,
  parseLayer,
} from '../config/settings-layer.ts'
import { ApplianceError } from '../errors.ts'
import { whyLocked } from './rows.ts'

/** A proposal that goes with the rest, or what is wrong with it. */
export type Judged =
  | Readonly<{ ok: true; values: LayerValues; loaded: LoadedConfig }>
  | Readonly<{ ok: false; problems: readonly SettingProblem[] }>

/** Lays proposed values over those of the page that are in effect. `null` takes the page's value away. */
export function withProposal(
  proposal: SettingsProposal,
  present: LoadedConfig,
): Readonly<{ values: LayerValues; problems: readonly SettingProblem[] }> {
  const values = new Map(present.settings.values)
  const problems: SettingProblem[] = []
  for (const [path, value] of Object.entries(proposal.values)) {
    const option = optionsByPath.get(path)
    const refused = option === undefined ? unknownOption(path) : refusal(option, value, present)
    if (refused !== undefined) problems.push(refused)
    else if (option !== undefined && value === null) values.delete(option)
    else if (option !== undefined) values.set(option, value)
  }
  return { values, problems }
}

/** Checks values with the rest of the configuration, as the next start will. */
export async function judge(values: LayerValues, from: LoadOptions): Promise<Judged> {
  const text = layerText(values)
  if (Buffer.byteLength(text) > MAX_SETTINGS_BYTES || !staysTheSame(text)) {
    return { ok: false, problems: [TOO_MUCH] }
  }
  try {
    const loaded = await loadConfig({ ...from, layer: values })
    return { ok: true, values, loaded }
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, problems: error.problems.map(inWords) }
    if (!(error instanceof ApplianceError)) throw error
    const { message, fix } = error
    return { ok: false, problems: [{ path: '', message, fix }] }
  }
}

const TOO_MUCH: SettingProblem = {
  path: '',
  message: 'These settings are more, or other, than their file can hold.',
  fix: 'Shorten lists and texts, and use characters that can be written down.',
}

/** Whether what is written is what is read: half a character, for one, is not. */
function staysTheSame(text: string): boolean {
  const { values } = parseLayer(Buffer.from(text).toString())
  return layerText(values) === text
}

/** The words of the checks, as a page shows them beside the option. */
function inWords({ key, value, reason, fix }: Problem): SettingProblem {
  const given = value === undefined ? '' : `${value}: `
  return { path: key, message: `${given}${reason}.`, fix: `${fix}.` }
}

function unknownOption(path: string): SettingProblem {
  const message = 'There is no such option in this version.'
  return { path: path.slice(0, 200), message, fix: 'Reload this page.' }
}

function refusal(
  option: Option,
  value: unknown,
  present: LoadedConfig,
): SettingProblem | undefined {
  const message = value === null ? undefined : whyLocked(option, present)
  if (message === undefined) return undefined
  return { path: option.path, message, fix: 'Change it where it is set.' }
}
