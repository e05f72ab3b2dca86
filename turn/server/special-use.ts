import { type Cidr, parseCidr } from './cidr.ts'

/** A range no peer of a relay lives in, its text (`10.0.0.0/8`) and what it is for. */
export type SpecialUseRange = Readonly<{ range: Cidr; text: string; name: string }>

// The IANA special-purpose registries, what is multicast or not assigned, and one cloud's host agent. The narrower
// range comes first where two overlap, so that a reason is as exact as it can be.
const ranges = [
  ['0.0.0.0/8', 'this network'], // RFC 791 §3.2
  ['10.0.0.0/8', 'private'], // RFC 1918
  ['100.64.0.0/10', 'carrier-grade NAT'], // RFC 6598
  ['127.0.0.0/8', 'loopback'], // RFC 1122 §3.2.1.3
  ['169.254.0.0/16', 'link-local and cloud metadata'], // RFC 3927
  ['172.16.0.0/12', 'private'], // RFC 1918
  ['192.0.0.0/24', 'IETF protocols'], // RFC 6890
  ['192.0.2.0/24', 'documentation'], // RFC 5737
  ['192.31.196.0/24', 'name server anycast'], // AS112, RFC 7535
  ['192.52.193.0/24', 'multicast relay anycast'], // RFC 7450
  ['192.88.99.0/24', '6to4 relay anycast'], // RFC 7526
  ['192.168.0.0/16', 'private'], // RFC 1918
  ['192.175.48.0/24', 'name server anycast'], // AS112, RFC 7534
  ['198.18.0.0/15', 'benchmarks'], // RFC 2544
  ['198.51.100.0/24', 'documentation'], // RFC 5737
  ['203.0.113.0/24', 'documentation'], // RFC 5737
  ['224.0.0.0/4', 'multicast'], // RFC 5771
  ['255.255.255.255', 'broadcast'], // RFC 919
  ['240.0.0.0/4', 'reserved'], // RFC 1112 §4
  ['168.63.129.16', 'cloud host agent'], // Azure answers every virtual machine there
  ['::', 'unspecified'], // RFC 4291 §2.5.2
  ['::1', 'loopback'], // RFC 4291 §2.5.3
  ['::/96', 'IPv4-compatible'], // RFC 4291 §2.5.5.1
  ['::ffff:0:0/96', 'IPv4-mapped'], // RFC 4291 §2.5.5.2
  ['::ffff:0:0:0/96', 'IPv4-translated'], // RFC 2765
  ['64:ff9b::/96', 'NAT64'], // RFC 6052
  ['64:ff9b:1::/48', 'local NAT64'], // RFC 8215
  ['100::/64', 'discard'], // RFC 6666
  ['100:0:0:1::/64', 'dummy'], // RFC 9780
  ['2001::/32', 'Teredo'], // RFC 4380
  ['2001::/23', 'IETF protocols'], // RFC 2928
  ['2001:db8::/32', 'documentation'], // RFC 3849
  ['2002::/16', '6to4'], // RFC 3056
  ['2620:4f:8000::/48', 'name server anycast'], // AS112, RFC 7534
  ['3fff::/20', 'documentation'], // RFC 9637
  ['5f00::/16', 'segment routing'], // RFC 9602
  ['fc00::/7', 'unique local'], // RFC 4193
  ['fe80::/10', 'link-local'], // RFC 4291 §2.5.6
  ['fec0::/10', 'site-local'], // RFC 3879
  ['ff00::/8', 'multicast'], // RFC 4291 §2.7
  ['::/3', 'not assigned'], // RFC 4291 §2.4: unicast in use is 2000::/3 alone
  ['4000::/2', 'not assigned'], // RFC 4291 §2.4
  ['8000::/1', 'not assigned'], // RFC 4291 §2.4
] as const

/** Ranges where no peer of a relay lives unless an operator says so; the first that holds an IP names it best. */
export const specialUseRanges: readonly SpecialUseRange[] = ranges.flatMap(([text, name]) => {
  const range = parseCidr(text)
  return range ? [{ range, text, name }] : []
})
