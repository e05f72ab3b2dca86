import { overlay } from './config/environment.ts'
import { options, valueAt } from './config/options.ts'
import type { Config } from './config/schema.ts'
import { ApplianceError } from './errors.ts'

/** Options that a running appliance takes over when its configuration is read again. */
export const LIVE_OPTIONS: readonly string[] = [
  'turn.static_auth_secret',
  'turn.previous_secrets',
  'turn.static_users',
  'turn.allowed_peers',
  'turn.denied_peers',
  'turn.credentials_expiration_minutes',
  'calls.max_participants',
  'metrics.allowed_addresses',
  'log.level',
]

const live: ReadonlySet<string> = new Set(LIVE_OPTIONS)

/** Whether a running appliance takes an option over. */
export function isLive(path: string): boolean {
  return live.has(path)
}

/** What a reload works with. */
export type ReloadOptions = Readonly<{
  /** The configuration of the start. */
  config: Config
  /** Reads the configuration again; rejects with an `ApplianceError` when it is bad. */
  load: () => Promise<Config>
  /** Takes over what can change while it runs. */
  apply: (config: Config) => void
  log: Readonly<{
    info: (fields: object, message: string) => void
    warn: (fields: object, message: string) => void
  }>
}>

/** The configuration in effect, which can be read again. */
export interface LiveConfig {
  /** The start's, with the live options of the last good reading. */
  current(): Config
  /** Reads it again; a bad one is logged with its problems, and the last good one stays. */
  reload(): Promise<void>
}

/** Creates the configuration in effect. */
export function createLiveConfig({ config, load, apply, log }: ReloadOptions): LiveConfig {
  let current = config
  let reloading = Promise.resolve()
  const reloadOnce = async () => {
    const fresh = await load().catch((error: unknown) => refused(error, log))
    if (fresh === undefined) return
    const applied = changedOptions(current, fresh).filter(isLive)
    const needRestart = changedOptions(config, fresh).filter((path) => !isLive(path))
    current = withLiveOptions(config, fresh)
    apply(current)
    log.info({ applied }, 'the configuration was read again')
    if (needRestart.length > 0) log.warn({ needRestart }, 'changed options that need a restart')
  }
  return {
    current: () => current,
    /** One at a time, so that an older reading never replaces a newer one. */
    reload() {
      reloading = reloading.then(reloadOnce, reloadOnce)
      return reloading
    },
  }
}

/** Lists the options whose values differ. */
export function changedOptions(before: Config, after: Config): readonly string[] {
  const text = (config: Config, keys: readonly string[]) => JSON.stringify(valueAt(config, keys))
  return options
    .filter(({ keys }) => text(before, keys) !== text(after, keys))
    .map(({ path }) => path)
}

function withLiveOptions(config: Config, fresh: Config): Config {
  const followed = options.filter(({ path }) => isLive(path))
  const values = new Map(followed.map((option) => [option, valueAt(fresh, option.keys)]))
  return overlay(config, values) as Config
}

function refused(error: unknown, log: ReloadOptions['log']): undefined {
  if (!(error instanceof ApplianceError)) throw error
  const { message, fix } = error
  log.warn({ problem: message, fix }, 'bad configuration: the last good one stays')
}
