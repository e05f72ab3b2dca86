import { type Cidr, parseCidr } from './cidr.ts'

const ranges = [
  '0.0.0.0/8', // this network, RFC 791 §3.2
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // carrier-grade NAT, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122 §3.2.1.3
  '169.254.0.0/16', // link-local and cloud metadata, RFC 3927
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // IETF protocols, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // 6to4 relay anycast, RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved and broadcast, RFC 1112 §4
  '::/96', // unspecified, loopback and IPv4-compatible, RFC 4291 §2.5
  '::ffff:0:0/96', // IPv4-mapped, RFC 4291 §2.5.5
  '::ffff:0:0:0/96', // IPv4-translated, RFC 2765
  '64:ff9b::/96', // NAT64, RFC 6052
  '64:ff9b:1::/48', // local NAT64, RFC 8215
  '100::/64', // discard, RFC 6666
  '2001::/23', // IETF protocols with Teredo, RFC 2928, RFC 4380
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4, RFC 3056
  '3fff::/20', // documentation, RFC 9637
  '5f00::/16', // segment routing, RFC 9602
  'fc00::/7', // unique local, RFC 4193
  'fe80::/10', // link-local, RFC 4291 §2.5.6
  'fec0::/10', // site-local, RFC 3879
  'ff00::/8', // multicast, RFC 4291 §2.7
]

/** Ranges of the IANA special-purpose registries and multicast: no peer of a relay lives there unless an operator says so. */
export const specialUseRanges: readonly Cidr[] = ranges.flatMap((text) => parseCidr(text) ?? [])
