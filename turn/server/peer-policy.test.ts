import fc from 'fast-check'
import t from 'tap'
import { familyOf } from '../protocol/transport-address.ts'
import { parseCidr } from './cidr.ts'
import { createPeerPolicy, type PeerRules } from './peer-policy.ts'
import { specialUseRanges } from './special-use.ts'

const ranges = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? [])
const emptyRules: PeerRules = {
  ownMedia: [],
  ownIps: [],
  relayPorts: { min: 50_000, max: 60_000 },
  allowed: [],
  denied: [],
}
const policy = (rules: Partial<PeerRules> = {}) => createPeerPolicy({ ...emptyRules, ...rules })
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
  t.equal(specialUseRanges.length, 43, 'every range could be read')
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
  t.equal(own.allows(at('192.168.1.2', 50_001)), false, 'a private own address stays special')
  t.equal(own.portsOf('192.168.1.2'), 'some')
  t.equal(own.portsOf('192.168.1.3'), 'none')
  const inOffice = { ownIps: ['192.168.1.2', '192.168.1.3'], relayIps: ['192.168.1.2'] }
  const office = policy(inOffice)
  t.equal(
    office.allows(at('192.168.1.2', 50_001)),
    true,
    'both clients on a server in their office',
  )
  t.equal(office.allows(at('192.168.1.2', 22)), false)
  t.equal(office.allows(at('192.168.1.3', 50_001)), false, 'where no relay is announced')
  t.equal(policy({ ...inOffice, mode: 'sfu-only' }).allows(at('192.168.1.2', 50_001)), false)
  const shut = policy({ ...inOffice, denied: ranges('192.168.0.0/16') })
  t.equal(shut.allows(at('192.168.1.2', 50_001)), false, 'unless denied by name')
  const relays = policy({ ownIps: ['8.8.4.4'] })
  t.equal(relays.portsOf('8.8.4.4'), 'some')
  t.equal(relays.allows(at('8.8.4.4', 50_001)), true, 'both clients on this server')
  t.equal(relays.allows(at('8.8.4.4', 5353)), false)
  t.end()
})

t.test('explains every answer by the rule that made it', (t) => {
  const plain = policy({
    ownMedia: [{ ip: '10.0.0.1', port: 8443 }],
    ownIps: ['8.8.4.4', '10.0.0.1'],
    allowed: ranges('10.2.0.0/16'),
    denied: ranges('9.0.0.0/8', '7.7.7.7'),
  })
  const reasons: readonly (readonly [string, number, boolean, string])[] = [
    ['1.1.1.1', 1, true, 'public address'],
    ['10.0.0.1', 8443, true, 'own media'],
    ['10.0.0.1', 22, false, 'this machine, not a media port'],
    ['8.8.4.4', 22, false, 'this machine, not a media port'],
    ['8.8.4.4', 50_000, true, 'own relay port'],
    ['10.2.3.4', 1, true, 'allowed by turn.allowed_peers 10.2.0.0/16'],
    ['9.9.9.9', 1, false, 'denied by turn.denied_peers 9.0.0.0/8'],
    ['7.7.7.7', 1, false, 'denied by turn.denied_peers 7.7.7.7'],
    ['172.18.0.2', 1, false, 'special-use: private 172.16.0.0/12'],
    ['255.255.255.255', 1, false, 'special-use: broadcast 255.255.255.255'],
    ['::1', 1, false, 'special-use: loopback ::1'],
    ['ff02::1', 1, false, 'special-use: multicast ff00::/8'],
    ['1000::1', 1, false, 'special-use: not assigned ::/3'],
    ['::ffff:127.0.0.1', 1, false, leads('127.0.0.1', 'IPv4-mapped', 'loopback 127.0.0.0/8')],
    ['64:ff9b::7f00:1', 1, false, leads('127.0.0.1', 'NAT64', 'loopback 127.0.0.0/8')],
    ['64:ff9b::101:101', 1, false, 'special-use: NAT64 64:ff9b::/96'],
    ['1.1.1.1', 0, false, 'port 0'],
    ['no ip', 1, false, 'not an IP'],
  ]
  for (const [ip, port, allowed, reason] of reasons) {
    t.same(plain.verdict({ ip, port }), { allowed, reason }, ip)
  }
  t.same(plain.verdict({ ip: '8.8.4.4' }), {
    allowed: true,
    reason: 'this machine, not a media port',
  })
  t.end()
})

function leads(ip: string, by: string, why: string): string {
  return `leads to ${ip} (${by}): special-use: ${why}`
}

t.test('finds an IPv4 address in every form an IPv6 address can carry it', (t) => {
  const open = policy({ allowed: ranges('::/0') })
  const forms = [
    ['::ffff:0:10.0.0.1', 'IPv4-translated'],
    ['64:ff9b:1:a00:0:100::', 'local NAT64, /48'],
    ['64:ff9b:1:aa0a:0:1::', 'local NAT64, /56'],
    ['64:ff9b:1:aaaa:a:0:100:0', 'local NAT64, /64'],
    ['64:ff9b:1:aaaa:bbbb:cccc:a00:1', 'local NAT64, /96'],
    ['2002:a00:1::1', '6to4'],
    ['2001:0:a00:1:0:1:f6f6:f6f6', 'Teredo, its server'],
    ['2001:0:909:909:0:1:f5ff:fffe', 'Teredo, the client'],
    ['2600:1:2:3:0:5efe:10.0.0.1', 'ISATAP'],
    ['2600:1:2:3:200:5efe:10.0.0.1', 'ISATAP, unique'],
  ] as const
  for (const [ip, name] of forms) t.equal(open.allows(at(ip)), false, `${name} ${ip}`)
  const fine = [
    ['64:ff9b:1:909:9:900::', 'local NAT64, /48'],
    ['64:ff9b:1::9.9.9.9', 'local NAT64, /96'],
    ['2600:1:2:3:0:5efe:9.9.9.9', 'ISATAP'],
    ['2600:1:2:3:100:5efe:10.0.0.1', 'no ISATAP'],
  ] as const
  for (const [ip, name] of fine) t.equal(open.allows(at(ip)), true, `${name} ${ip}`)
  t.end()
})

t.test('reaches own media and listed peers only in sfu-only mode', (t) => {
  const sfu = policy({
    mode: 'sfu-only',
    ownMedia: [{ ip: '8.8.4.4', port: 8443 }],
    ownIps: ['8.8.4.4'],
    allowed: ranges('9.9.9.9'),
  })
  t.equal(sfu.allows(at('8.8.4.4', 8443)), true)
  t.equal(sfu.allows(at('9.9.9.9')), true)
  t.equal(sfu.allows(at('8.8.4.4', 50_001)), false, 'another relay of this server')
  t.equal(sfu.portsOf('8.8.4.4'), 'some')
  t.same(sfu.verdict(at('1.1.1.1')), {
    allowed: false,
    reason: 'sfu-only: not in turn.allowed_peers',
  })
  t.equal(sfu.portsOf('1.1.1.1'), 'none')
  t.end()
})

t.test('follows new rules at once, whatever it has answered before', (t) => {
  const rules = { ...emptyRules, ownIps: ['8.8.4.4'], ownMedia: [{ ip: '8.8.4.4', port: 8443 }] }
  const changing = createPeerPolicy(rules)
  t.equal(changing.allows(at('8.8.4.4', 8443)), true)
  t.equal(changing.allows(at('1.1.1.1')), true)
  changing.replace({ ...rules, ownMedia: [], denied: ranges('1.0.0.0/8') })
  t.equal(changing.allows(at('8.8.4.4', 8443)), false)
  t.equal(changing.allows(at('1.1.1.1')), false)
  t.end()
})

t.test(
  'has the whole IANA special-purpose registries but what they call globally reachable',
  (t) => {
    const plain = policy()
    const registry = [
      '0.0.0.0 10.0.0.0 100.64.0.0 127.0.0.0 169.254.0.0 172.16.0.0 192.0.0.0 192.0.0.8 192.0.0.170',
      '192.0.2.0 192.88.99.0 192.168.0.0 198.18.0.0 198.51.100.0 203.0.113.0 240.0.0.0 255.255.255.255',
      '::1 :: ::ffff:0:0 64:ff9b:1:: 100:: 100:0:0:1:: 2001:: 2001:2:: 2001:10:: 2001:db8:: 2002::',
      '3fff:: 5f00:: fc00:: fe80::',
    ].flatMap((line) => line.split(' '))
    for (const ip of registry) t.equal(plain.portsOf(ip), 'none', ip)
    t.end()
  },
)

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
