import t from 'tap'
import { type Config, configSchema } from '../config/schema.ts'
import { formatPortSet } from '../tune/port-set.ts'
import { openings } from './openings.ts'

const configOf = (given: object): Config => configSchema.parse({ rtc: { workers: 2 }, ...given })

/** What is open, as `tcp 8444`. */
const opened = (given: object) =>
  openings(configOf(given)).map(({ protocol, ports, from, untracked }) =>
    [
      protocol,
      formatPortSet(ports),
      ...(from === undefined ? [] : ['from', ...from]),
      ...(untracked ? ['untracked'] : []),
    ].join(' '),
  )

const media = ['udp 8443,8445 untracked', 'tcp 8443,8445']
const turn = ['udp 3478 untracked', 'tcp 3478']
const relays = 'udp 49152-65535 untracked'

t.test('opens the ports in use and no other', async (t) => {
  t.same(opened({}), ['tcp 8444', ...media, ...turn, 'tcp 5349', relays])
})

t.test('keeps the relay range shut where nobody outside talks to relays', async (t) => {
  const shut = opened({ turn: { peer_policy: 'sfu-only', tcp_relays: true } })
  t.same(shut, ['tcp 8444', ...media, ...turn, 'tcp 5349'])
})

t.test('opens the relay range for TCP where relays carry that', async (t) => {
  t.same(opened({ turn: { tcp_relays: true } }).slice(-2), [relays, 'tcp 49152-65535'])
})

t.test('opens plain HTTP for the proxies that end TLS, and no TLS then', async (t) => {
  const tls = { mode: 'off', trusted_proxies: ['192.0.2.9/32', '2001:db8::/64'] }
  t.same(opened({ web: { tls } }), [
    'tcp 8080 from 192.0.2.9/32 2001:db8::/64',
    ...media,
    ...turn,
    relays,
  ])
  t.same(opened({ web: { tls: { mode: 'off' } } }), [...media, ...turn, relays])
})

t.test('opens plain HTTP where it leads to HTTPS', async (t) => {
  const web = { https_port: 443, http_port: 80, http_redirect: true }
  t.same(opened({ web }).slice(0, 2), ['tcp 443', 'tcp 80'])
})

t.test('opens the second port of NAT discovery, and no port that is switched off', async (t) => {
  const turnOptions = { nat_discovery: '192.0.2.2:3479', tls_port: 0 }
  t.same(opened({ turn: turnOptions }), [
    'tcp 8444',
    ...media,
    ...turn,
    'udp 3479 untracked',
    relays,
  ])
})
