import type { Setting, SettingsDetails, SettingsPreview, SettingsProposal } from '#api'
import type { SettingsAdmin, SettingsOutcome } from '../deps.ts'

const base: Omit<Setting, 'path'> = {
  kind: 'text',
  accepts: 'a text',
  effect: 'What it does.',
  unit: undefined,
  byDefault: 'empty',
  mattermost: undefined,
  choices: undefined,
  origin: 'default',
  secret: false,
  live: false,
  pending: false,
  locked: undefined,
}

const option = (path: string, more: Partial<Setting>): Setting => ({ ...base, path, ...more })

/** One option of each kind and each origin. */
export const SETTINGS: readonly Setting[] = [
  option('public_address', {
    accepts: 'an IP address, a host name or `auto`',
    effect: 'The address announced for everything.',
    byDefault: 'auto',
    value: 'calls.example.org',
    origin: 'file',
  }),
  option('web.https_port', {
    kind: 'number',
    accepts: 'a port from 1 to 65535',
    effect: 'TCP port of the admin pages, the call page and the API.',
    byDefault: '8444',
    value: 8444,
  }),
  option('web.http_port', {
    kind: 'number',
    accepts: 'a port from 1 to 65535',
    effect: 'TCP port of the same in plain HTTP.',
    byDefault: '8080',
    value: 8080,
    origin: 'environment',
    locked: 'The environment variable CALLBOX_WEB__HTTP_PORT sets it, and goes before this page.',
  }),
  option('web.http_redirect', {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect: 'Whether `web.http_port` answers others than this machine too.',
    byDefault: 'false',
    choices: ['true', 'false'],
    value: false,
  }),
  option('turn.static_auth_secret', {
    accepts: '16 to 256 characters without spaces',
    effect: 'The secret that chat server and TURN server share.',
    byDefault: 'generated, kept in the data directory',
    mattermost: 'TURN Static Auth Secret',
    secret: true,
    isSet: true,
    live: true,
    origin: 'page',
  }),
  option('turn.allowed_peers', {
    kind: 'list',
    accepts: 'a list of IP addresses or CIDRs such as 10.0.0.0/8',
    effect: 'Addresses relays may reach although they are special-use.',
    value: ['10.0.0.0/8', '192.168.7.0/24'],
    origin: 'page',
    live: true,
  }),
  option('turn.static_users', {
    kind: 'map',
    accepts: 'a map of name to password',
    effect: 'Users with a password of their own.',
    secret: true,
    isSet: false,
    live: true,
  }),
  option('calls.max_participants', {
    kind: 'number',
    accepts: 'a number from 0 to 100000',
    effect: 'How many people one call takes.',
    unit: 'people',
    byDefault: '0: no limit',
    mattermost: 'Max call participants',
    value: 0,
    live: true,
  }),
  option('log.level', {
    accepts: '`debug`, `info`, `warn` or `error`',
    effect: 'The least important lines that are logged.',
    byDefault: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    value: 'info',
    live: true,
  }),
]

/** An appliance whose settings page was used once. */
export const savedOnce: SettingsDetails = {
  file: '/etc/callbox/config.yaml',
  settings: SETTINGS,
  versions: [
    {
      id: '1800000000000',
      atMs: 1_800_000_000_000,
      by: 'admin',
      changes: [
        { path: 'turn.allowed_peers', before: 'empty', after: '10.0.0.0/8', live: true },
        { path: 'turn.static_auth_secret', before: 'not set', after: 'set', live: true },
      ],
      isCurrent: true,
    },
    { id: '1799999999999', atMs: 1_799_999_999_999, by: '', changes: [], isCurrent: false },
  ],
  pending: [],
  lastRestart: undefined,
  notices: [],
}

/** The same with a port that waits for a restart, after one that did not work. */
export const waiting: SettingsDetails = {
  ...savedOnce,
  settings: SETTINGS.map((setting) =>
    setting.path === 'web.https_port'
      ? { ...setting, value: 9443, origin: 'page', pending: true }
      : setting,
  ),
  pending: ['web.https_port'],
  lastRestart: {
    atMs: 1_800_000_000_000,
    problem: 'Port 9443/tcp (web.https_port) is already in use. Stop the program that has it.',
  },
  notices: [
    { message: 'settings.yaml sets what this version has no option for: x.', fix: 'Save.' },
  ],
}

/** Settings whose facts and answers a test scripts. */
export type ScriptedSettings = SettingsAdmin & {
  facts: SettingsDetails
  answer: SettingsPreview
  outcome: SettingsOutcome
  readonly asked: unknown[]
}

/** Notes what it is asked for. */
export function scriptedSettings(): ScriptedSettings {
  const asked: unknown[] = []
  const settings: ScriptedSettings = {
    asked,
    facts: savedOnce,
    answer: { problems: [], changes: [], needRestart: [] },
    outcome: { ok: true, changes: [] },
    details: async () => settings.facts,
    async preview(proposal: SettingsProposal) {
      asked.push({ preview: proposal.values })
      return settings.answer
    },
    async save(proposal, by) {
      asked.push({ save: proposal.values, by })
      return settings.outcome
    },
    async restore(id, by) {
      asked.push({ restore: id, by })
      return settings.outcome
    },
    async restart(by) {
      asked.push({ restart: by })
      return settings.outcome
    },
  }
  return settings
}
