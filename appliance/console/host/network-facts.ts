import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import { readText } from '../../lifecycle/files.ts'
import type { Facts, InterfaceFacts } from '../facts.ts'

/** Interfaces of containers and tunnels: nothing for a console to set. */
const VIRTUAL = /^(lo$|docker|br-|veth|virbr|vnet|ifb|dummy|cni|flannel|cali|tap|tun|wg)/

/** Looks at the interfaces of this machine that lead out, its gateways and name servers. */
export async function lookAtNetwork(
  root: string,
): Promise<Pick<Facts, 'interfaces' | 'gateways' | 'nameServers'>> {
  const read = async (path: string) => (await readText(join(root, path))) ?? ''
  const resolved = await read('run/systemd/resolve/resolv.conf')
  return {
    interfaces: await lookAtInterfaces(read),
    gateways: [
      ...parseRoutes(await read('proc/net/route')),
      ...parseRoutes6(await read('proc/net/ipv6_route')),
    ],
    nameServers: parseNameServers(resolved || (await read('etc/resolv.conf'))),
  }
}

/** Lists the names in /proc/net/dev that lead out of the machine. */
export function parseInterfaceNames(text: string): readonly string[] {
  const names = [...text.matchAll(/^\s*([^\s:]+):/gm)].map(([, name = '']) => name)
  return names.filter((name) => !VIRTUAL.test(name)).sort()
}

/** Lists the IPv4 default gateways of /proc/net/route, whose addresses are hexadecimal, last byte first. */
export function parseRoutes(text: string): readonly string[] {
  const gateways = text.split('\n').flatMap((row) => {
    const [, destination, gateway = '', , , , , mask] = row.split('\t')
    if (destination !== '00000000' || mask?.trim() !== '00000000') return []
    if (!/^[0-9A-F]{8}$/i.test(gateway) || gateway === '00000000') return []
    return [[...Buffer.from(gateway, 'hex')].reverse().join('.')]
  })
  return [...new Set(gateways)]
}

/** Lists the IPv6 default gateways of /proc/net/ipv6_route. */
export function parseRoutes6(text: string): readonly string[] {
  const gateways = text.split('\n').flatMap((row) => {
    const [destination = '', prefix, , , gateway = ''] = row.trim().split(/\s+/)
    const isDefault = /^0{32}$/.test(destination) && prefix === '00'
    if (!isDefault || !/^[0-9a-f]{32}$/.test(gateway) || /^0{32}$/.test(gateway)) return []
    return [ipaddr.fromByteArray([...Buffer.from(gateway, 'hex')]).toString()]
  })
  return [...new Set(gateways)]
}

/** Lists the name servers of a resolv.conf. */
export function parseNameServers(text: string): readonly string[] {
  return [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, server = '']) => server)
}

async function lookAtInterfaces(
  read: (path: string) => Promise<string>,
): Promise<readonly InterfaceFacts[]> {
  const names = parseInterfaceNames(await read('proc/net/dev'))
  const all = networkInterfaces()
  return Promise.all(
    names.map(async (name) => {
      const addresses = (all[name] ?? [])
        .filter(({ address }) => !address.startsWith('fe80:'))
        .map(({ cidr, address }) => cidr ?? address)
      const state = await read(`sys/class/net/${name}/operstate`)
      return { name, addresses, up: state.trim() !== 'down' }
    }),
  )
}
