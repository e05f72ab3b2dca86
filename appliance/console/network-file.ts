import { type Addressing, isSingleAddress } from './addressing.ts'

/** Where systemd-networkd has the files of an administrator. */
export const NETWORK_FOLDER = 'etc/systemd/network'

/** Names the file of an interface: before those of cloud-init, netplan and the image. */
export function networkFileName(interfaceName: string): string {
  return `10-callbox-${interfaceName}.network`
}

/** Writes the file for systemd-networkd (systemd.network(5)). */
export function encodeNetworkFile(addressing: Addressing): string {
  const automatic = addressing.mode === 'automatic'
  const sections = [
    [`[Match]`, `Name=${addressing.interface}`],
    [
      '[Network]',
      `DHCP=${automatic ? 'yes' : 'no'}`,
      // Without an address of its own a fixed interface still takes the router's IPv6 network.
      `IPv6AcceptRA=${addressing.ipv6 === '' ? 'yes' : 'no'}`,
      ...[addressing.ipv4, addressing.ipv6].filter(Boolean).map((ip) => `Address=${ip}`),
      ...addressing.nameServers.map((server) => `DNS=${server}`),
    ],
    ...routeSection(addressing.ipv4, addressing.gateway4),
    ...routeSection(addressing.ipv6, addressing.gateway6),
    ...(automatic ? automaticSections(addressing) : []),
  ]
  const head = '# Written by the console (callbox console); it replaces what is changed here.'
  return `${[head, ...sections.map((lines) => lines.join('\n'))].join('\n\n')}\n`
}

/** Reads the addressing back out of such a file, as far as it has one. */
export function parseNetworkFile(interfaceName: string, text: string): Addressing {
  const valuesOf = (key: string) =>
    [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value.trim())
  const isIPv6 = (address: string) => address.includes(':')
  const addresses = valuesOf('Address')
  const gateways = valuesOf('Gateway')
  return {
    interface: interfaceName,
    mode: valuesOf('DHCP')[0] === 'no' ? 'fixed' : 'automatic',
    ipv4: addresses.find((address) => !isIPv6(address)) ?? '',
    gateway4: gateways.find((address) => !isIPv6(address)) ?? '',
    ipv6: addresses.find(isIPv6) ?? '',
    gateway6: gateways.find(isIPv6) ?? '',
    nameServers: valuesOf('DNS'),
  }
}

function routeSection(address: string, gateway: string): string[][] {
  if (gateway === '') return []
  const onLink = isSingleAddress(address) ? ['GatewayOnLink=yes'] : []
  return [['[Route]', `Gateway=${gateway}`, ...onLink]]
}

/** Given name servers are asked instead of those that the network tells. */
function automaticSections({ nameServers }: Addressing): string[][] {
  if (nameServers.length === 0) return []
  return ['DHCPv4', 'DHCPv6', 'IPv6AcceptRA'].map((section) => [`[${section}]`, 'UseDNS=no'])
}
