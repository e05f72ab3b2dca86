import t from 'tap'
import { checkAddressing, type TypedAddressing } from './addressing.ts'
import { encodeNetworkFile, parseNetworkFile } from './network-file.ts'

const typed: TypedAddressing = {
  interface: 'ens3',
  mode: 'fixed',
  ipv4: '',
  gateway4: '',
  ipv6: '',
  gateway6: '',
  nameServers: '',
}

const both: Partial<TypedAddressing> = {
  ipv4: '192.0.2.10/24',
  gateway4: '192.0.2.1',
  ipv6: '2001:db8::10/64',
  gateway6: 'fe80::1',
  nameServers: '192.0.2.53, 2001:db8::53',
}

t.test('says what is wrong with an address, and how it is written', async (t) => {
  const wrong: readonly (readonly [Partial<TypedAddressing>, RegExp])[] = [
    [{}, /Give an IPv4 or an IPv6 address/],
    [{ ipv4: '192.0.2.10' }, /needs the length.*: 192\.0\.2\.10\/24\./],
    [{ ipv4: '192.0.2.10/33' }, /needs the length/],
    [{ ipv4: '192.0.2.10/0' }, /needs the length/],
    [{ ipv4: '192.0.2.10/255.255.255.0' }, /needs the length/],
    [{ ipv4: '192.0.2.10/24/24' }, /needs the length/],
    [{ ipv4: '192.0.2/24' }, /is no IPv4 address; it looks like/],
    [{ ipv4: '192.0.02.10/24' }, /is no IPv4 address/],
    [{ ipv4: '2001:db8::10/64' }, /is no IPv4 address/],
    [{ ipv4: '192.0.2.0/24' }, /address of the network itself/],
    [{ ipv4: '192.0.2.255/24' }, /broadcast address/],
    [{ ipv4: '127.0.0.2/8' }, /loopback/],
    [{ ipv4: '224.0.0.2/8' }, /multicast/],
    [{ ipv4: '192.0.2.10/24', gateway4: '192.0.3.1' }, /is not in the network 192\.0\.2\.0\/24/],
    [{ ipv4: '192.0.2.10/24', gateway4: '192.0.2.10' }, /is another machine/],
    [{ ipv4: '192.0.2.10/24', gateway4: '2001:db8::1' }, /is no IPv4 address/],
    [{ gateway4: '192.0.2.1', ipv6: '2001:db8::10/64' }, /gateway needs an IPv4 address too/],
    [{ ipv6: 'fe80::10%ens3/64' }, /is no IPv6 address/],
    [{ ipv6: '2001:db8::10/64', gateway6: 'fe80::1%ens3' }, /a gateway looks like/],
    [{ ipv6: '2001:db8::10' }, /needs the length.*2001:db8::10\/64/],
    [{ ipv6: '2001:db8::10/64', gateway6: '2001:db8:1::1' }, /not in the network 2001:db8::\/64/],
    [{ ipv4: '192.0.2.10/24', nameServers: 'dns.example.org' }, /name server is given by its addr/],
  ]
  for (const [given, problem] of wrong) {
    t.match(checkAddressing({ ...typed, ...given }), { ok: false, problem }, JSON.stringify(given))
  }
})

t.test('takes what works', async (t) => {
  const good: readonly Partial<TypedAddressing>[] = [
    both,
    { ipv4: ' 192.0.2.10/24 ' },
    { ipv6: '2001:db8::10/64', gateway6: '2001:db8::1' },
    { ipv4: '192.0.2.10/32', gateway4: '198.51.100.1' },
    { ipv4: '192.0.2.10/31', gateway4: '192.0.2.11' },
    { mode: 'automatic', ipv4: 'what was typed before' },
  ]
  for (const given of good) {
    t.match(checkAddressing({ ...typed, ...given }), { ok: true }, JSON.stringify(given))
  }
})

function fileOf(given: Partial<TypedAddressing>): string {
  const checked = checkAddressing({ ...typed, ...given })
  return checked.ok ? encodeNetworkFile(checked.addressing) : checked.problem
}

t.test('writes files for systemd-networkd', async (t) => {
  t.equal(
    fileOf(both),
    `# Written by the console (callbox console); it replaces what is changed here.

[Match]
Name=ens3

[Network]
DHCP=no
IPv6AcceptRA=no
Address=192.0.2.10/24
Address=2001:db8::10/64
DNS=192.0.2.53
DNS=2001:db8::53

[Route]
Gateway=192.0.2.1

[Route]
Gateway=fe80::1
`,
  )
  t.match(fileOf({ ipv4: '192.0.2.10/32', gateway4: '198.51.100.1' }), /\nGatewayOnLink=yes\n/)
  t.match(fileOf({ ipv4: '192.0.2.10/24' }), /DHCP=no\nIPv6AcceptRA=yes\nAddress=192/)
  t.notMatch(fileOf({ mode: 'automatic' }), 'UseDNS')
  t.match(fileOf({ mode: 'automatic', nameServers: '192.0.2.53' }), /DHCP=yes\n[\s\S]*UseDNS=no/)
})

t.test('reads its own files back', async (t) => {
  for (const given of [both, { mode: 'automatic' }, { ipv6: '2001:db8::10/64' }]) {
    const checked = checkAddressing({ ...typed, ...given })
    if (!checked.ok) throw new Error(checked.problem)
    t.same(parseNetworkFile('ens3', encodeNetworkFile(checked.addressing)), checked.addressing)
  }
})
