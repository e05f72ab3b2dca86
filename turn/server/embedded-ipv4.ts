import { type Cidr, isInCidr, parseCidr } from './cidr.ts'

type Extract = (ip: Uint8Array) => Uint8Array

const lastFour: Extract = (ip) => ip.subarray(12)
const forms: readonly Readonly<{ range: Cidr | undefined; extract: Extract }>[] = [
  { range: parseCidr('::/96'), extract: lastFour }, // compatible, RFC 4291 §2.5.5.1
  { range: parseCidr('::ffff:0:0/96'), extract: lastFour }, // mapped, RFC 4291 §2.5.5.2
  { range: parseCidr('::ffff:0:0:0/96'), extract: lastFour }, // translated, RFC 2765
  { range: parseCidr('64:ff9b::/96'), extract: lastFour }, // NAT64, RFC 6052 §2.1
  { range: parseCidr('64:ff9b:1::/48'), extract: lastFour }, // local NAT64, RFC 8215
  { range: parseCidr('2002::/16'), extract: (ip) => ip.subarray(2, 6) }, // 6to4, RFC 3056 §2
  { range: parseCidr('2001::/32'), extract: (ip) => ip.subarray(12).map((b) => b ^ 0xff) }, // Teredo, RFC 4380 §4
]

/** `::`, `::1` and their neighbours look like compatible addresses of 0.0.0.0/8, which nobody has. */
const notCompatible: Cidr = { network: new Uint8Array(16), prefixBits: 104 }

/** The IPv4 address that an IPv6 address leads to by a transition mechanism; undefined for all others. */
export function embeddedIpv4(ip: Uint8Array): Uint8Array | undefined {
  if (ip.length !== 16 || isInCidr(ip, notCompatible)) return undefined
  return forms.find(({ range }) => range && isInCidr(ip, range))?.extract(ip)
}
