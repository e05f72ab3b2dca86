import { defaults } from './defaults.ts'
import { type Locate, type Problem, showValue } from './problems.ts'
import type { Config } from './schema.ts'

type Tls = Config['web']['tls']

/** The options of `web.tls` that one mode alone has a use for. */
const ONLY_WITH: Readonly<Partial<Record<keyof Tls, Tls['mode']>>> = {
  cert_file: 'files',
  key_file: 'files',
  domain: 'acme',
  email: 'acme',
  directory_url: 'acme',
  directory_ca_file: 'acme',
  challenge: 'acme',
  trusted_proxies: 'off',
}

/** What a mode cannot do without, and what to do about it. */
const NEEDED: readonly (readonly [Tls['mode'], 'cert_file' | 'key_file' | 'domain', string])[] = [
  ['files', 'cert_file', 'Name a PEM file'],
  ['files', 'key_file', 'Name a PEM file'],
  ['acme', 'domain', 'Write the host name of this server'],
]

/** Lists what does not go together among the options of the certificate and of plain HTTP. */
export function certificateConflicts(config: Config, locate: Locate): Problem[] {
  return [...missing(config, locate), ...useless(config, locate), ...plainHttp(config, locate)]
}

function missing({ web: { tls } }: Config, locate: Locate): Problem[] {
  return NEEDED.flatMap(([mode, option, fix]) => {
    if (tls.mode !== mode || tls[option] !== '') return []
    const key = `web.tls.${option}`
    const reason = `web.tls.mode \`${mode}\` needs it`
    return [{ key, value: undefined, reason, fix: `${fix} ${locate(key)}` }]
  })
}

function useless({ web: { tls } }: Config, locate: Locate): Problem[] {
  const names = Object.keys(ONLY_WITH) as (keyof Tls)[]
  return names.flatMap((name) => {
    const mode = ONLY_WITH[name]
    if (mode === undefined || mode === tls.mode || isDefault(tls, name)) return []
    const key = `web.tls.${name}`
    const reason = `it has no effect with web.tls.mode \`${tls.mode}\``
    const fix = `Set web.tls.mode to \`${mode}\`, or remove it ${locate(key)}`
    const value = name === 'trusted_proxies' ? undefined : showValue(key, tls[name])
    return [{ key, value, reason, fix }]
  })
}

function isDefault(tls: Tls, name: keyof Tls): boolean {
  return JSON.stringify(tls[name]) === JSON.stringify(defaults.web.tls[name])
}

function plainHttp({ web }: Config, locate: Locate): Problem[] {
  const { mode, challenge } = web.tls
  if (web.http_redirect && mode === 'off') {
    return [
      {
        key: 'web.http_redirect',
        value: 'true',
        reason: 'with web.tls.mode `off` there is no HTTPS here to lead to',
        fix: `Let the proxy redirect, and remove it ${locate('web.http_redirect')}`,
      },
    ]
  }
  if (mode !== 'acme' || challenge !== 'http-01' || web.http_redirect) return []
  return [
    {
      key: 'web.tls.challenge',
      value: showValue('web.tls.challenge', challenge),
      reason: 'without web.http_redirect nobody but this machine is answered by plain HTTP',
      fix: `Set web.http_redirect to true, or choose \`auto\` or \`tls-alpn-01\` ${locate('web.tls.challenge')}`,
    },
  ]
}
