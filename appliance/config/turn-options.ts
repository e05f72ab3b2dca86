import { z } from 'zod'
import { defaults } from './defaults.ts'
import { CIDRS, cidrs, noSpaces, option, portOption } from './option.ts'
import { turnLimits } from './turn-limit-options.ts'
import { parseIpPort } from './values.ts'

const secretText = z.string().min(16).max(256).refine(noSpaces)

/** `turn.*`: STUN and TURN. */
export const turn = z.object({
  port: portOption(defaults.turn.port, { effect: 'UDP and TCP port of STUN and TURN.' }),
  tls_port: option(z.int().min(0).max(65535), defaults.turn.tls_port, {
    kind: 'number',
    accepts: 'a port from 1 to 65535, or 0 for none',
    effect:
      'TCP port of TURN over TLS, with the certificate of `web.tls`; not opened when that is `off`. `web.https_port` speaks TURN over TLS too.',
  }),
  realm: option(z.string().max(127).refine(noSpaces), defaults.turn.realm, {
    kind: 'text',
    accepts: 'a name of at most 127 characters without spaces',
    effect: 'The realm TURN clients are told.',
    byDefault: 'empty: the public address',
  }),
  static_auth_secret: option(
    z.union([z.literal(''), secretText]),
    defaults.turn.static_auth_secret,
    {
      kind: 'text',
      accepts: '16 to 256 characters without spaces',
      effect: 'The secret that chat server and TURN server share to make short-lived passwords.',
      byDefault: 'generated, kept in the data directory',
      mattermost: 'TURN Static Auth Secret',
      secret: true,
    },
  ),
  previous_secrets: option(z.array(secretText).max(10).readonly(), defaults.turn.previous_secrets, {
    kind: 'list',
    accepts: 'a list of up to 10 secrets of 16 to 256 characters without spaces',
    effect: 'Secrets that stay valid while a new `static_auth_secret` is rolled out.',
    byDefault: 'empty',
    secret: true,
  }),
  credentials_expiration_minutes: option(
    z.int().min(1).max(10079),
    defaults.turn.credentials_expiration_minutes,
    {
      kind: 'number',
      accepts: 'a number from 1 to 10079 (less than a week)',
      unit: 'minutes',
      effect: 'How long the TURN passwords that the appliance issues are valid.',
      mattermost: 'TURN Credentials Expiration',
    },
  ),
  relay_port_min: portOption(defaults.turn.relay_port_min, {
    effect: 'First UDP port that relays use.',
  }),
  relay_port_max: portOption(defaults.turn.relay_port_max, {
    effect: 'Last UDP port that relays use; one relay takes one port.',
  }),
  workers: option(z.int().min(1).max(256), defaults.turn.workers, {
    kind: 'number',
    accepts: 'a number from 1 to 256',
    unit: 'processes',
    effect:
      'How many processes share the TURN ports. One that crashes loses its own relays only and is started again.',
    byDefault: 'number of cores',
  }),
  peer_policy: option(z.enum(['open', 'sfu-only']), defaults.turn.peer_policy, {
    kind: 'text',
    accepts: '`open` or `sfu-only`',
    effect:
      'Whom relays may reach: `open` is everybody but special-use addresses (private, loopback ...); `sfu-only` is the media port of the appliance and `allowed_peers`, nobody else.',
  }),
  allowed_peers: option(cidrs, defaults.turn.allowed_peers, {
    kind: 'list',
    accepts: CIDRS,
    effect:
      'Addresses relays may reach although they are special-use (private, loopback ...). The media port of the appliance is always allowed.',
    byDefault: 'empty',
  }),
  denied_peers: option(cidrs, defaults.turn.denied_peers, {
    kind: 'list',
    accepts: CIDRS,
    effect: 'Addresses relays may not reach, on top of the special-use ranges.',
    byDefault: 'empty',
  }),
  static_users: option(
    z.record(z.string().min(1).max(127).refine(noSpaces), secretText),
    defaults.turn.static_users,
    {
      kind: 'map',
      accepts: 'a map of user name to password, each password 16 to 256 characters without spaces',
      effect:
        'TURN users with fixed passwords, for programs that cannot make short-lived ones. They work beside the shared secret.',
      byDefault: 'empty: nobody',
      secret: true,
    },
  ),
  strict_expiry: option(z.boolean(), defaults.turn.strict_expiry, {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect:
      'Whether a relay ends with the password that made it. Otherwise an expired password only makes no new relays, so that calls outlive it.',
  }),
  strict_channels: option(z.boolean(), defaults.turn.strict_channels, {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect:
      'Whether channel numbers above 0x4FFF are refused, as RFC 8656 says. Older clients use them up to 0x7FFE (RFC 5766).',
  }),
  tcp_relays: option(z.boolean(), defaults.turn.tcp_relays, {
    kind: 'flag',
    accepts: '`true` or `false`',
    effect: 'Whether relays may carry TCP (RFC 6062). No browser needs it.',
  }),
  nat_discovery: option(
    z.string().refine((text) => text === '' || parseIpPort(text) !== undefined),
    defaults.turn.nat_discovery,
    {
      kind: 'text',
      accepts: 'an `ip:port`, IPv6 as `[ip]:port`',
      effect:
        'Another address of this machine and another port than `turn.port`, from which STUN answers clients that explore their NAT (RFC 5780).',
      byDefault: 'empty: off',
    },
  ),
  proxy_protocol_from: option(cidrs, defaults.turn.proxy_protocol_from, {
    kind: 'list',
    accepts: CIDRS,
    effect:
      'Load balancers whose TCP connections to the TURN ports begin with a PROXY protocol v2 header that names the client. It is believed from nobody else.',
    byDefault: 'empty',
  }),
  limits: turnLimits.prefault({}),
})
