/** The wire types of the settings page (`#api` hands them on). Types only: nothing here runs. */

/** A value of an option as YAML has it. */
export type SettingValue =
  | string
  | number
  | boolean
  | readonly SettingValue[]
  | Readonly<{ [name: string]: SettingValue }>

/** One option of `config.yaml`. Texts are those of the manual. */
export type Setting = Readonly<{
  path: string
  kind: 'text' | 'number' | 'flag' | 'list' | 'map'
  accepts: string
  effect: string
  unit: string | undefined
  byDefault: string
  mattermost: string | undefined
  /** The values there are, where they can be counted. */
  choices: readonly string[] | undefined
  /** Who set it; the later wins. `page` is this page. */
  origin: 'default' | 'file' | 'page' | 'environment'
  /** Absent for secrets, which are never shown. */
  value?: SettingValue
  secret: boolean
  /** Whether a secret has a value; there for secrets only. */
  isSet?: boolean
  /** Whether a change is in effect at once; else it needs a restart. */
  live: boolean
  /** Whether a restart is needed for the value that is saved. */
  pending: boolean
  /** Why it cannot be changed here, `undefined` where it can. */
  locked: string | undefined
}>

/** One option before and after; secrets say only whether they are set. */
export type SettingChange = Readonly<{ path: string; before: string; after: string; live: boolean }>

/** What is wrong with a proposed value. */
export type SettingProblem = Readonly<{ path: string; message: string; fix: string }>

/** A saved state that one can go back to. */
export type SettingsVersion = Readonly<{
  id: string
  atMs: number
  by: string
  changes: readonly SettingChange[]
  /** Whether it is the one that is saved. */
  isCurrent: boolean
}>

/** `GET /api/admin/settings`. */
export type SettingsDetails = Readonly<{
  /** The configuration file, `undefined` where there is none. */
  file: string | undefined
  settings: readonly Setting[]
  versions: readonly SettingsVersion[]
  /** The options whose saved value is not in effect until a restart. */
  pending: readonly string[]
  /** How the latest restart from this page went; `problem` is there when the old state was taken back. */
  lastRestart: Readonly<{ atMs: number; problem: string | undefined }> | undefined
  /** What is wrong with the file of saved settings or of the configuration as it is now. */
  notices: readonly Readonly<{ message: string; fix: string }>[]
}>

/** New values by path; `null` goes back to the file's value or the default. */
export type SettingsProposal = Readonly<{ values: Readonly<Record<string, SettingValue | null>> }>

/** What a proposal would do. */
export type SettingsPreview = Readonly<{
  problems: readonly SettingProblem[]
  changes: readonly SettingChange[]
  /** Those of the changes that need a restart. */
  needRestart: readonly string[]
}>

/** `POST /api/admin/settings`: saves; with `restart`, also restarts. */
export type SettingsSave = SettingsProposal & Readonly<{ restart?: boolean }>
