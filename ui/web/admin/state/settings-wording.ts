import type { Setting, SettingsDetails, SettingValue } from '#api'
import { formatCount } from './format.ts'

const SECTIONS: Readonly<Record<string, string>> = {
  '': 'Addresses',
  web: 'Web pages and certificate',
  rtc: 'Media',
  turn: 'TURN',
  calls: 'Calls',
  livekit: 'LiveKit',
  rtcd: 'rtcd',
  metrics: 'Metrics',
  log: 'Log',
}

const ABBREVIATIONS = new Map(
  'CA HTTPS HTTP TLS TCP UDP ICE STUN IPv6 NAT URL URLs ID API SMTP'
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
)

const ORIGINS: Readonly<Record<Setting['origin'], string>> = {
  default: 'Default',
  file: 'Configuration file',
  page: 'Set on this page',
  environment: 'Environment',
}

/** A part of the configuration: its name in words, and its options. */
export type SettingGroup = Readonly<{ id: string; title: string; settings: readonly Setting[] }>

/** Sorts options into the parts of the configuration, in its order. */
export function groupsOf(settings: readonly Setting[]): readonly SettingGroup[] {
  const groups = new Map<string, Setting[]>()
  for (const setting of settings) {
    const [first = '', ...rest] = setting.path.split('.')
    const id = rest.length === 0 ? '' : first
    const members = groups.get(id)
    if (members) members.push(setting)
    else groups.set(id, [setting])
  }
  return [...groups].map(([id, members]) => ({
    id,
    title: SECTIONS[id] ?? words(id),
    settings: members,
  }))
}

/** Calls an option by its name, without its part's. */
export function labelOf(path: string): string {
  const keys = path.split('.')
  return words((keys.length === 1 ? keys : keys.slice(1)).join(' '))
}

/** Says who set an option. */
export function originWords(origin: Setting['origin']): string {
  return ORIGINS[origin]
}

/** Whether an option has to do with what is searched for. */
export function isAbout(setting: Setting, search: string): boolean {
  const { path, effect, mattermost = '' } = setting
  const text = `${path} ${labelOf(path)} ${effect} ${mattermost}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Says how many changes there are. */
export function changeCount(count: number): string {
  return formatCount(count, 'change', 'changes')
}

/** Where a page is: what `location` says. */
export type Whereabouts = Readonly<{ protocol: string; hostname: string; port: string }>

/**
 * Where this page is after a restart that takes up `waiting` options, when that is elsewhere; `url` is `undefined` when only
 * a proxy or this machine gets there.
 */
export function moveOf(
  waiting: readonly string[],
  value: (path: string) => SettingValue | undefined,
  { protocol, hostname }: Whereabouts,
): Readonly<{ url: string | undefined; text: string }> | undefined {
  const port = (path: string) => String(value(path) ?? '')
  const plain = protocol !== 'https:'
  if (waiting.includes('web.tls.mode') && value('web.tls.mode') === 'off' && !plain) {
    return {
      url: undefined,
      text: `Without TLS this address is gone: the page is then at port ${port('web.http_port')} in plain HTTP, on this machine and for the proxy.`,
    }
  }
  const option = plain ? 'web.http_port' : 'web.https_port'
  if (!waiting.includes(option)) return undefined
  const url = `${protocol}//${hostname}:${port(option)}/admin/settings`
  return { url, text: 'This page moves. After the restart it is at' }
}

/** The value of an option among the facts. */
export function savedValue({ settings }: SettingsDetails, path: string): SettingValue | undefined {
  return settings.find((setting) => setting.path === path)?.value
}

function words(names: string): string {
  const all = names.split(/[._\s]+/).map((word) => ABBREVIATIONS.get(word) ?? word)
  const text = all.join(' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
