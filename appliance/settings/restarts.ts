import type { SettingsDetails } from '#api'
import type { LoadedConfig } from '../config/load.ts'

/** How the latest restart went. */
export type LastRestart = NonNullable<SettingsDetails['lastRestart']>

/** What outlives an appliance in its process: that it is to start again, and how that went the last time. */
export interface Restarts {
  /** The configuration that the appliance was started with. */
  readonly running: LoadedConfig
  /** Asks for a restart; `by` is the account that wants it. */
  request(by: string): void
  last(): LastRestart | undefined
}

/** The side of it that does it. */
export type RestartsOfProcess = Restarts & {
  running: LoadedConfig
  /** Resolves with who asks for the next restart. */
  requested(): Promise<string>
  note(restart: LastRestart): void
}

/** Creates it; nothing is asked for at first. */
export function createRestarts(running: LoadedConfig): RestartsOfProcess {
  let last: LastRestart | undefined
  let asked = Promise.withResolvers<string>()
  return {
    running,
    request: (by) => asked.resolve(by),
    last: () => last,
    requested: () => asked.promise,
    note(restart) {
      last = restart
      asked = Promise.withResolvers<string>()
    },
  }
}
