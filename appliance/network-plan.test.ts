import t from 'tap'
import { loadConfig } from './config/load.ts'
import { iceAddress } from './ice-urls.ts'
import { mediaAliases, planNetwork } from './network-plan.ts'
import type { PublicAddress } from './public-address.ts'

const { config } = await loadConfig({ env: {}, defaultFile: '/nowhere/config.yaml' })
const own: PublicAddress = {
  address: '198.51.100.7',
  ip: '198.51.100.7',
  how: 'interface',
  warnings: [],
  ipv6: undefined,
  families: [4],
  localAddresses: ['198.51.100.7'],
}

t.test('listens everywhere when the announced address is the machine’s only one', (t) => {
  const plan = planNetwork(config, own)
  t.same(plan.mediaListen, [{ ip: '0.0.0.0', announcedAddress: '198.51.100.7' }])
  t.same(plan.relays, [{ ip: '0.0.0.0', announcedIp: '198.51.100.7' }])
  t.same(mediaAliases(plan, [8443]), [], 'the relay reaches it as it is announced')
  t.equal(plan.publicOrigin, 'https://198.51.100.7:8444')
  t.end()
})

t.test('sends from the announced address where the machine has others', (t) => {
  const localAddresses = ['10.0.0.7', '198.51.100.7', '2001:db8::7']
  const plan = planNetwork(config, { ...own, localAddresses, ipv6: '2001:db8::7' })
  t.same(plan.mediaListen, [{ ip: '198.51.100.7' }, { ip: '2001:db8::7' }])
  t.same(plan.relays, [
    { ip: '198.51.100.7', announcedIp: '198.51.100.7' },
    { ip: '::', announcedIp: '2001:db8::7' },
  ])
  t.end()
})

t.test('behind a 1:1 NAT tells both addresses, and the relay uses the inner one', (t) => {
  const plan = planNetwork(config, { ...own, ip: '203.0.113.9', address: 'calls.example.org' })
  t.same(plan.mediaListen, [
    { ip: '198.51.100.7', announcedAddress: '203.0.113.9', exposeInternalIp: true },
  ])
  t.same(mediaAliases(plan, [8443]), [
    {
      announced: { ip: '203.0.113.9', port: 8443 },
      local: { ip: '198.51.100.7', port: 8443 },
    },
  ])
  const two = { ...own, ip: '203.0.113.9', localAddresses: ['198.51.100.7', '10.0.0.7'] }
  t.same(planNetwork(config, two).mediaListen, plan.mediaListen, 'the first of several')
  t.same(planNetwork(config, two).relays, [{ ip: '0.0.0.0', announcedIp: '203.0.113.9' }])
  t.equal(plan.publicOrigin, 'https://calls.example.org:8444')
  t.match(plan.ice, { host: 'calls.example.org', port: 3478 })
  t.end()
})

t.test('announces the overridden port, and the relay still finds the real one', (t) => {
  const rtc = { ...config.rtc, ice_host_port_override: 40_000 }
  const plan = planNetwork({ ...config, rtc }, own)
  t.match(plan.mediaListen, [{ announcedPort: 40_000 }])
  t.match(mediaAliases(plan, [8443]), [{ announced: { port: 40_000 }, local: { port: 8443 } }])
  const two = { ...own, localAddresses: ['198.51.100.7', '10.0.0.7'] }
  const bound = planNetwork({ ...config, rtc }, two)
  t.same(bound.mediaListen, [{ ip: '198.51.100.7', announcedPort: 40_000 }])
  t.match(mediaAliases(bound, [8443]), [{ announced: { port: 40_000 }, local: { port: 8443 } }])
  t.end()
})

t.test('writes an IPv6 address in brackets where it stands in a URL', (t) => {
  const found = { ...own, address: '2001:db8::7', ip: '2001:db8::7', localAddresses: [] }
  const plan = planNetwork(config, found)
  t.equal(plan.publicOrigin, 'https://[2001:db8::7]:8444')
  t.match(plan.mediaListen, [{ ip: '::' }])
  t.end()
})

t.test('announces IPv6 beside IPv4, and listens on both', (t) => {
  const localAddresses = [...own.localAddresses, '2001:db8::7']
  const found = { ...own, ipv6: '2001:db8::7', families: [4, 6] as const, localAddresses }
  const plan = planNetwork(config, found)
  t.same(plan.anyIps, ['0.0.0.0', '::'])
  t.same(plan.mediaListen, [
    { ip: '0.0.0.0', announcedAddress: '198.51.100.7' },
    { ip: '2001:db8::7' },
  ])
  t.same(mediaAliases(plan, [8443]), [])
  t.ok(plan.certificateNames.includes('2001:db8::7'))
  const rtc = { ...config.rtc, ice_host_port_override: 40_000 }
  t.match(mediaAliases(planNetwork({ ...config, rtc }, found), [8443]), [
    { announced: { ip: '198.51.100.7', port: 40_000 } },
    {
      announced: { ip: '2001:db8::7', port: 40_000 },
      local: { ip: '2001:db8::7', port: 8443 },
    },
  ])
  t.end()
})

t.test('listens on IPv4 alone where the machine has nothing else', (t) => {
  t.same(planNetwork(config, own).anyIps, ['0.0.0.0'])
  t.same(planNetwork(config, { ...own, families: [4, 6] }).anyIps, ['0.0.0.0', '::'])
  t.end()
})

t.test('offers TURN over TLS where there is a certificate, and tells if it is believed', (t) => {
  const plain = { host: '198.51.100.7', port: 3478 }
  const doors = { ...plain, tlsPort: 5349, webPort: 8444 }
  t.same(planNetwork(config, own).ice, { ...doors, tlsTrusted: false })
  for (const source of ['files', 'uploaded', 'acme'] as const) {
    t.same(iceAddress(own.address, config, source), { ...doors, tlsTrusted: true })
  }
  t.same(iceAddress(own.address, config, 'self-signed'), { ...doors, tlsTrusted: false })
  const off = {
    ...config,
    web: { ...config.web, tls: { ...config.web.tls, mode: 'off' as const } },
  }
  t.same(planNetwork(off, own).ice, plain)
  const turn = { ...config.turn, tls_port: 0 }
  t.equal(planNetwork({ ...config, turn }, own).ice.tlsPort, undefined)
  t.end()
})

t.test('leaves HTTPS to the proxy when told to', (t) => {
  const web = { ...config.web, tls: { ...config.web.tls, mode: 'off' as const } }
  t.equal(planNetwork({ ...config, web }, own).publicOrigin, 'https://198.51.100.7')
  t.end()
})
