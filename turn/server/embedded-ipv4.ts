import { type Cidr, isInCidr, parseCidr } from './cidr.ts'

/** An IPv4 address inside an IPv6 one, and the mechanism that leads to it. */
export type EmbeddedIpv4 = Readonly<{ ip: Uint8Array; by: string }>

type Form = Readonly<{
  by: string
  range: Cidr | undefined
  extract: (ip: Uint8Array) => readonly Uint8Array[]
}>

const lastFour = (ip: Uint8Array): readonly Uint8Array[] => [ip.subarray(12)]

// The octets that hold the IPv4 address for each prefix length of RFC 6052 §2.2 that fits into a /48, and where the
// suffix begins, which has to be zero as octet 8 has.
const rfc6052 = [
  { octets: [6, 7, 9, 10], suffix: 11 },
  { octets: [7, 9, 10, 11], suffix: 12 },
  { octets: [9, 10, 11, 12], suffix: 13 },
  { octets: [12, 13, 14, 15], suffix: 16 },
] as const

const forms: readonly Form[] = [
  { by: 'IPv4-compatible', range: parseCidr('::/96'), extract: lastFour }, // RFC 4291 §2.5.5.1
  { by: 'IPv4-mapped', range: parseCidr('::ffff:0:0/96'), extract: lastFour }, // RFC 4291 §2.5.5.2
  { by: 'IPv4-translated', range: parseCidr('::ffff:0:0:0/96'), extract: lastFour }, // RFC 2765
  { by: 'NAT64', range: parseCidr('64:ff9b::/96'), extract: lastFour }, // RFC 6052 §2.1
  { by: 'local NAT64', range: parseCidr('64:ff9b:1::/48'), extract: localNat64 }, // RFC 8215
  { by: '6to4', range: parseCidr('2002::/16'), extract: (ip) => [ip.subarray(2, 6)] }, // RFC 3056 §2
  {
    by: 'Teredo', // RFC 4380 §4: the server, and the client with its bits turned over
    range: parseCidr('2001::/32'),
    extract: (ip) => [ip.subarray(4, 8), ip.subarray(12).map((octet) => octet ^ 0xff)],
  },
]

/** `::`, `::1` and their neighbours look like compatible addresses of 0.0.0.0/8, which nobody has. */
const notCompatible: Cidr = { network: new Uint8Array(16), prefixBits: 104 }

/** The IPv4 addresses that an IPv6 address leads to by a transition mechanism; none for all others. */
export function embeddedIpv4s(ip: Uint8Array): readonly EmbeddedIpv4[] {
  if (ip.length !== 16 || isInCidr(ip, notCompatible)) return []
  const form = forms.find(({ range }) => range && isInCidr(ip, range))
  if (form) return form.extract(ip).map((inner) => ({ ip: inner, by: form.by }))
  return isIsatap(ip) ? [{ ip: ip.subarray(12), by: 'ISATAP' }] : []
}

/** Which prefix length a local NAT64 has is its own affair: every one that fits the address counts. */
function localNat64(ip: Uint8Array): readonly Uint8Array[] {
  const fitting = rfc6052.flatMap(({ octets, suffix }) => {
    const whole = suffix === 16
    const zero = ip[8] === 0 && ip.subarray(suffix).every((octet) => octet === 0)
    return whole || zero ? [Uint8Array.from(octets, (at) => ip[at] ?? 0)] : []
  })
  const some = fitting.filter((inner) => inner.some((octet) => octet !== 0))
  return some.length > 0 ? some : fitting
}

/** An interface identifier 0000:5efe or 0200:5efe before the IPv4 address (RFC 5214 §6.1), under any prefix. */
function isIsatap(ip: Uint8Array): boolean {
  const [first = 0, second, third, fourth] = ip.subarray(8, 12)
  return (first & 0xfd) === 0 && second === 0 && third === 0x5e && fourth === 0xfe
}
