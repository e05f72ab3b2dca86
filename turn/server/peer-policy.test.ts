import fc from 'fast-check'
import t from 'tap'
import { familyOf } from '../protocol/transport-address.ts'
import { parseCidr } from './cidr.ts'
import { createPeerPolicy, type PeerRules } from './peer-policy.ts'
import { specialUseRanges } from './special-use.ts'

const ranges = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? [])
const policy = (rules: Partial<PeerRules> = {}) =>
  createPeerPolicy({
    ownMedia: [],
    ownIps: [],
    relayPorts: { min: 50_000, max: 60_000 },
    allowed: [],
    denied: [],
    ...rules,
  })
const at = (ip: string, port = 1234) => ({ family: familyOf(ip) ?? 4, ip, port })

t.test('allows public addresses and denies special ones unless told otherwise', (t) => {
  const plain = policy()
  for (const ip of ['9.9.9.9', '192.0.1.1', '172.32.0.1', '2600::1', '2a00:1450::1']) {
    t.equal(plain.allows(at(ip)), true, ip)
    t.equal(plain.portsOf(ip), 'all', ip)
  }
  const special = [
    '127.0.0.1',
    '127.255.255.255',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
  ]
  const more = [
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
  ]
  for (const ip of [...special, ...more, 'fe80::1', 'fd00:ec2::254', 'ff02::1', '::ffff:9.9.9.9']) {
    t.equal(plain.allows(at(ip)), false, ip)
    t.equal(plain.portsOf(ip), 'none', ip)
  }
  t.equal(plain.allows(at('9.9.9.9', 0)), false, 'port 0')
  t.equal(plain.portsOf('no ip'), 'none')
  t.equal(specialUseRanges.length, 30, 'every range could be read')
  t.end()
})

t.test('judges an IPv6 address also by the IPv4 address it leads to', (t) => {
  const open = policy({ allowed: ranges('::/0') })
  const loopback = ['::127.0.0.1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::1']
  for (const ip of [
    ...loopback,
    '64:ff9b:1::7f00:1',
    '2001:0:1:2:3:4:80ff:fffe',
    '::ffff:0:7f00:1',
  ]) {
    t.equal(open.allows(at(ip)), false, ip)
  }
  t.equal(open.allows(at('64:ff9b::909:909')), true, 'one that leads to a public address')
  const noNine = policy({ allowed: ranges('64:ff9b::/96'), denied: ranges('9.0.0.0/8') })
  t.equal(noNine.allows(at('64:ff9b::909:909')), false, 'a denied IPv4 range holds there too')
  t.end()
})

t.test('lets a denied range win over an allowed one, and an allowed one over special use', (t) => {
  const both = policy({ allowed: ranges('10.0.0.0/8'), denied: ranges('10.1.0.0/16', '9.9.9.9') })
  t.equal(both.allows(at('10.2.0.1')), true)
  t.equal(both.allows(at('10.1.0.1')), false)
  t.equal(both.allows(at('9.9.9.9')), false)
  const six = policy({ allowed: ranges('::1') })
  t.equal(six.allows(at('::1')), true, 'it leads to no IPv4 address')
  t.equal(six.allows(at('::2')), false)
  t.end()
})

t.test('allows own media on its port always, other own ports never but relay ports', (t) => {
  const own = policy({
    ownMedia: [
      { ip: '8.8.4.4', port: 8443 },
      { ip: '192.168.1.2', port: 8443 },
    ],
    ownIps: ['8.8.4.4', '192.168.1.2'],
    denied: ranges('8.0.0.0/8'),
  })
  t.equal(own.allows(at('8.8.4.4', 8443)), true, 'even in a denied range')
  t.equal(own.allows(at('192.168.1.2', 8443)), true)
  t.equal(own.allows(at('192.168.1.2', 8444)), false)
  t.equal(own.allows(at('192.168.1.2', 50_001)), false, 'a private relay address stays special')
  t.equal(own.portsOf('192.168.1.2'), 'some')
  t.equal(own.portsOf('192.168.1.3'), 'none')
  const relays = policy({ ownIps: ['8.8.4.4'] })
  t.equal(relays.portsOf('8.8.4.4'), 'some')
  t.equal(relays.allows(at('8.8.4.4', 50_001)), true, 'both clients on this server')
  t.equal(relays.allows(at('8.8.4.4', 5353)), false)
  t.end()
})

t.test('never allows a peer on an IP it calls unreachable', (t) => {
  const some = policy({ ownMedia: [{ ip: '10.0.0.1', port: 8443 }], denied: ranges('9.0.0.0/8') })
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('10.0.0.1')),
      fc.nat(65_535),
      (ip, port) => {
        return some.portsOf(ip) !== 'none' || !some.allows(at(ip, port))
      },
    ),
  )
  t.end()
})

t.test('refuses to read what is no range', (t) => {
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0.1/8',
    'fd00::/129',
    'x/8',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'fe80::%1/10',
  ]) {
    t.equal(parseCidr(text), undefined, text)
  }
  t.end()
})
