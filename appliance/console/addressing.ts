import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** How one interface gets its addresses. Texts are empty where there is nothing. */
export type Addressing = Readonly<{
  interface: string
  mode: 'automatic' | 'fixed'
  /** With its prefix length: `192.0.2.10/24`. */
  ipv4: string
  gateway4: string
  ipv6: string
  gateway6: string
  nameServers: readonly string[]
}>

/** The same as somebody typed it. */
export type TypedAddressing = Readonly<{
  interface: string
  mode: string
  ipv4: string
  gateway4: string
  ipv6: string
  gateway6: string
  nameServers: string
}>

/** A checked addressing, or what is wrong with it in one sentence. */
export type CheckedAddressing =
  | Readonly<{ ok: true; addressing: Addressing }>
  | Readonly<{ ok: false; problem: string }>

const IPV4 = { family: 4, sample: '192.0.2.10/24', gateway: '192.0.2.1' } as const
const IPV6 = { family: 6, sample: '2001:db8::10/64', gateway: '2001:db8::1' } as const

/** Checks what was typed for an interface; names the first mistake, and how it is written instead. */
export function checkAddressing(typed: TypedAddressing): CheckedAddressing {
  const nameServers = splitList(typed.nameServers)
  const wrongServer = nameServers.find((server) => versionOf(server) === 0)
  if (wrongServer !== undefined) {
    return refuse(`${wrongServer} is no IP address; a name server is given by its address.`)
  }
  const base = { interface: typed.interface, nameServers }
  if (typed.mode === 'automatic') {
    const none = { ipv4: '', gateway4: '', ipv6: '', gateway6: '' }
    return { ok: true, addressing: { ...base, mode: 'automatic', ...none } }
  }
  const texts = {
    ipv4: typed.ipv4.trim(),
    gateway4: typed.gateway4.trim(),
    ipv6: typed.ipv6.trim(),
    gateway6: typed.gateway6.trim(),
  }
  if (texts.ipv4 === '' && texts.ipv6 === '') return refuse('Give an IPv4 or an IPv6 address.')
  const problem =
    addressProblem(texts.ipv4, texts.gateway4, IPV4) ??
    addressProblem(texts.ipv6, texts.gateway6, IPV6)
  if (problem !== undefined) return refuse(problem)
  return { ok: true, addressing: { ...base, mode: 'fixed', ...texts } }
}

/** Splits what was typed as a list, by commas or spaces. */
export function splitList(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== '')
}

function refuse(problem: string): CheckedAddressing {
  return { ok: false, problem }
}

type Version = typeof IPV4 | typeof IPV6

function addressProblem(address: string, gateway: string, version: Version): string | undefined {
  const { family, gateway: sample } = version
  if (address === '') {
    const problem = `The IPv${family} gateway needs an IPv${family} address too.`
    return gateway === '' ? undefined : problem
  }
  const problem = ownAddressProblem(address, version)
  if (problem !== undefined || gateway === '') return problem
  if (versionOf(gateway) !== family) {
    return `${gateway} is no IPv${family} address; a gateway looks like ${sample}.`
  }
  const [ip = '', prefix] = address.split('/')
  return gatewayProblem(ip, Number(prefix), gateway)
}

function ownAddressProblem(address: string, { family, sample }: Version): string | undefined {
  const [ip = '', prefix = '', more] = address.split('/')
  if (versionOf(ip) !== family)
    return `${address} is no IPv${family} address; it looks like ${sample}.`
  if (more !== undefined || !isPrefixLength(prefix, family)) {
    return `${address} needs the length of its network's prefix: ${ip}/${family === 4 ? 24 : 64}.`
  }
  const unusable = unusableAddress(ip, Number(prefix))
  return unusable === undefined ? undefined : `${ip} ${unusable}.`
}

/** 4 or 6, and 0 for what is no address; one with a zone (`%eth0`) is none: the interface is known. */
function versionOf(text: string): number {
  return text.includes('%') ? 0 : isIP(text)
}

function isPrefixLength(text: string, family: 4 | 6): boolean {
  const length = Number(text)
  return /^\d{1,3}$/.test(text) && length >= 1 && length <= (family === 4 ? 32 : 128)
}

/** Says why no interface can have this address. */
function unusableAddress(ip: string, prefix: number): string | undefined {
  const parsed = ipaddr.parse(ip)
  const range = parsed.range()
  if (['unspecified', 'loopback', 'multicast', 'broadcast'].includes(range)) {
    return `is a ${range} address, which no interface can have`
  }
  if (!(parsed instanceof ipaddr.IPv4) || prefix > 30) return undefined
  const cidr = `${ip}/${prefix}`
  if (ip === ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()) {
    return 'is the address of the network itself; take another of it'
  }
  if (ip === ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString()) {
    return "is the network's broadcast address; take another of it"
  }
  return undefined
}

function gatewayProblem(ip: string, prefix: number, gateway: string): string | undefined {
  const router = ipaddr.parse(gateway)
  if (router.toString() === ipaddr.parse(ip).toString()) {
    return 'The gateway is another machine: it cannot have the address of this one.'
  }
  if (isOnLink(ip, prefix, gateway)) return undefined
  const network = ipaddr.parse(ip).kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
  const own = network.networkAddressFromCIDR(`${ip}/${prefix}`).toString()
  return `The gateway ${gateway} is not in the network ${own}/${prefix}.`
}

/** Whether the gateway can be reached; an address of its own (/32, /128) has any gateway on its link. */
function isOnLink(ip: string, prefix: number, gateway: string): boolean {
  const router = ipaddr.parse(gateway)
  if (isSingle(ip, prefix)) return true
  if (router.kind() === 'ipv6' && router.range() === 'linkLocal') return true
  const own = ipaddr.parse(ip)
  if (own instanceof ipaddr.IPv4 && router instanceof ipaddr.IPv4) return router.match(own, prefix)
  if (own instanceof ipaddr.IPv6 && router instanceof ipaddr.IPv6) return router.match(own, prefix)
  return false
}

function isSingle(ip: string, prefix: number): boolean {
  return prefix === (isIP(ip) === 4 ? 32 : 128)
}

/** Whether an address with its prefix length is alone in its network. */
export function isSingleAddress(address: string): boolean {
  const [ip = '', prefix = ''] = address.split('/')
  return isSingle(ip, Number(prefix))
}
