import { z } from 'zod'
import { defaults } from './defaults.ts'
import { option, portOption } from './option.ts'
import { isAnnouncedAddress, parseStunServer } from './values.ts'

/** `rtc.*`: media. */
export const rtc = z.object({
  udp_port: portOption(defaults.rtc.udp_port, {
    effect: 'UDP port of all media.',
    mattermost: 'RTC Server Port (UDP)',
  }),
  tcp_port: portOption(defaults.rtc.tcp_port, {
    effect: 'TCP port of all media, for networks that let no UDP through.',
    mattermost: 'RTC Server Port (TCP)',
  }),
  ice_host_override: option(
    z.string().refine((text) => text === '' || isAnnouncedAddress(text)),
    defaults.rtc.ice_host_override,
    {
      kind: 'text',
      accepts: 'an IP address or a host name',
      effect: 'The address announced for media instead of `public_address`.',
      byDefault: 'empty: `public_address`',
      mattermost: 'ICE Host Override',
    },
  ),
  ice_host_port_override: option(z.int().min(0).max(65535), defaults.rtc.ice_host_port_override, {
    kind: 'number',
    accepts: 'a port from 1 to 65535, or 0',
    effect:
      'The port announced for media when a router in front maps another one to `rtc.udp_port` and `rtc.tcp_port`.',
    byDefault: '0: the real port',
    mattermost: 'ICE Host Port Override',
  }),
  stun_servers: option(
    z
      .array(z.string().refine((text) => parseStunServer(text) !== undefined))
      .max(10)
      .readonly(),
    defaults.rtc.stun_servers,
    {
      kind: 'list',
      accepts: 'a list of `host:port`',
      effect:
        'Servers asked for the public address at start when `public_address` is `auto`; used for nothing else.',
      byDefault: 'empty: nobody is asked',
    },
  ),
  workers: option(z.int().min(1).max(256), defaults.rtc.workers, {
    kind: 'number',
    accepts: 'a number from 1 to 256',
    unit: 'processes',
    effect: 'How many media workers share the calls; one call stays on one worker.',
    byDefault: 'number of cores',
  }),
})
