import type { Setting, SettingValue } from '#api'
import { defaults } from '../config/defaults.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type Option, options, valueAt } from '../config/options.ts'
import { isLive } from '../reload.ts'
import { isSet } from './changes.ts'

/** Describes every option as it is saved; `pending` are the paths that wait for a restart. */
export function settingRows(
  loaded: LoadedConfig,
  pending: ReadonlySet<string>,
): readonly Setting[] {
  return options.map((option) => rowOf(option, loaded, pending))
}

function rowOf(option: Option, loaded: LoadedConfig, pending: ReadonlySet<string>): Setting {
  const { path, keys, text } = option
  const { kind, accepts, effect, unit, mattermost } = text
  const value = valueAt(loaded.config, keys)
  const secret = text.secret === true
  return {
    path,
    kind,
    accepts,
    effect,
    unit,
    byDefault: text.byDefault ?? String(valueAt(defaults, keys)),
    mattermost,
    choices: choicesIn(accepts),
    origin: loaded.originOf(path),
    ...(secret ? { isSet: isSet(value) } : { value: value as SettingValue }),
    secret,
    live: isLive(path),
    pending: pending.has(path),
    locked: whyLocked(option, loaded),
  }
}

/** Why an option cannot be changed on the page, `undefined` where it can. */
export function whyLocked({ path, text, variable }: Option, loaded: LoadedConfig) {
  if (text.notYet !== undefined) return `${text.notYet}: not in this version.`
  if (loaded.originOf(path) === 'environment') {
    return `The environment variable ${variable} sets it, and goes before this page.`
  }
  return undefined
}

/** The values that a text counts up: `a`, `b` or `c`, and nothing else. */
function choicesIn(accepts: string): readonly string[] | undefined {
  const named = /^`[^`]+`(?:, `[^`]+`)* or `[^`]+`$/.test(accepts)
  return named ? [...accepts.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name) : undefined
}
