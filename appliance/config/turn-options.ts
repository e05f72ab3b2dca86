import { z } from 'zod'
import { defaults } from './defaults.ts'
import { CIDRS, cidrs, noSpaces, option, portOption } from './option.ts'

const secretText = z.string().min(16).max(256).refine(noSpaces)

/** `turn.*`: STUN and TURN. */
export const turn = z.object({
  port: portOption(defaults.turn.port, { effect: 'UDP and TCP port of STUN and TURN.' }),
  tls_port: option(z.int().min(0).max(65535), defaults.turn.tls_port, {
    kind: 'number',
    accepts: 'a port from 1 to 65535, or 0 for none',
    effect: 'TCP port of TURN over TLS.',
    notYet: 'TURN over TLS',
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
})
