import { isIP } from 'node:net'
import { z } from 'zod'
import { alerts } from './alert-options.ts'
import { defaults } from './defaults.ts'
import { rtc } from './media-options.ts'
import { CIDRS, cidrs, noSpaces, option, portOption } from './option.ts'
import { turn } from './turn-options.ts'
import { isAnnouncedAddress } from './values.ts'
import { web } from './web-options.ts'

const RTCD = 'The rtcd door'
const WEBHOOKS = 'Webhooks'

const livekit = z.object({
  keys: option(
    z.record(z.string().regex(/^[\w.-]{1,64}$/), z.string().min(32).max(256).refine(noSpaces)),
    defaults.livekit.keys,
    {
      kind: 'map',
      accepts: 'a map of API key to secret, each secret 32 to 256 characters without spaces',
      effect: 'Who may issue access tokens and use the room service. The first one signs our own.',
      byDefault: 'one generated, kept in the data directory',
      secret: true,
    },
  ),
  webhook: z
    .object({
      urls: option(z.array(z.string()).readonly(), defaults.livekit.webhook.urls, {
        kind: 'list',
        accepts: 'a list of https URLs',
        effect: 'Where events of rooms are posted.',
        byDefault: 'empty',
        notYet: WEBHOOKS,
      }),
    })
    .prefault({}),
})

const rtcd = z.object({
  enabled: option(z.boolean(), defaults.rtcd.enabled, {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect: 'Whether the rtcd API is offered.',
    notYet: RTCD,
  }),
  port: portOption(defaults.rtcd.port, { effect: 'TCP port of the rtcd API.', notYet: RTCD }),
  allow_self_registration: option(z.boolean(), defaults.rtcd.allow_self_registration, {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect: 'Whether a chat server may register itself with the rtcd API.',
    notYet: RTCD,
  }),
  admin_secret_key: option(z.string(), defaults.rtcd.admin_secret_key, {
    kind: 'text',
    accepts: 'a text',
    effect: 'The secret that may register clients with the rtcd API.',
    byDefault: 'empty',
    secret: true,
    notYet: RTCD,
  }),
})

/** Every option of the appliance: its type, default and text, in the order people read them. */
export const configSchema = z.object({
  public_address: option(
    z.string().refine((text) => text === 'auto' || isAnnouncedAddress(text)),
    defaults.public_address,
    {
      kind: 'text',
      accepts: 'an IP address, a host name or `auto`',
      effect:
        'The address announced for everything. `auto` asks `rtc.stun_servers` if there are any, else takes the address of the machine.',
    },
  ),
  public_ipv6: option(
    z.string().refine((text) => text === 'auto' || text === 'none' || isIP(text) === 6),
    defaults.public_ipv6,
    {
      kind: 'text',
      accepts: 'an IPv6 address, `auto` or `none`',
      effect:
        'The IPv6 address announced beside an IPv4 `public_address`, for media and relays. `auto` takes the first address of the machine that the whole Internet can reach, if there is one.',
    },
  ),
  web: web.prefault({}),
  rtc: rtc.prefault({}),
  turn: turn.prefault({}),
  calls: z
    .object({
      max_participants: option(z.int().min(0).max(100_000), defaults.calls.max_participants, {
        kind: 'number',
        accepts: 'a number from 0 to 100000',
        unit: 'people',
        effect: 'How many people one call takes; the next one is told that it is full.',
        byDefault: '0: no limit',
        mattermost: 'Max call participants',
      }),
      admission: option(z.enum(['auto', 'off']), defaults.calls.admission, {
        kind: 'text',
        accepts: '`auto` or `off`',
        effect:
          'With `auto`, a server that is at its limit refuses first screens and cameras and then newcomers, so that everybody in a call can still hear. They are told why.',
      }),
    })
    .prefault({}),
  livekit: livekit.prefault({}),
  rtcd: rtcd.prefault({}),
  alerts: alerts.prefault({}),
  metrics: z
    .object({
      allowed_addresses: option(cidrs, defaults.metrics.allowed_addresses, {
        kind: 'list',
        accepts: CIDRS,
        effect:
          'Who may read `/metrics` without the API token. Nobody else may: the numbers tell who is busy when.',
        byDefault: 'empty: the token is always needed',
      }),
    })
    .prefault({}),
  log: z
    .object({
      level: option(z.enum(['debug', 'info', 'warn', 'error']), defaults.log.level, {
        kind: 'text',
        accepts: '`debug`, `info`, `warn` or `error`',
        effect:
          'The least important lines that are logged. Addresses of clients appear at `debug` only.',
      }),
    })
    .prefault({}),
})

/** The whole configuration, every option filled in; the names are those of the file. */
export type Config = z.output<typeof configSchema>
