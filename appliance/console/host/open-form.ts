import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ApplianceError } from '../../errors.ts'
import { readText } from '../../lifecycle/files.ts'
import type { Action, Field, Form, FormName, Outcome } from '../actions.ts'
import type { Addressing } from '../addressing.ts'
import { NETWORK_FOLDER, networkFileName, parseNetworkFile } from '../network-file.ts'
import { readHostName } from './host-name.ts'
import { lookAtNetwork } from './network-facts.ts'
import { publicAddressIn } from './public-address.ts'
import { readTimeServers } from './time-servers.ts'

type OpenOptions = Readonly<{ root: string; configFile: string }>

/** Opens a form with what is set now; asks which interface first, where there are several. */
export async function openForm(
  action: Extract<Action, { type: 'open' }>,
  options: OpenOptions,
): Promise<Outcome> {
  if (action.form !== 'network') return form(await simpleForm(action.form, options))
  return openNetwork(action.subject, options)
}

async function simpleForm(name: Exclude<FormName, 'network'>, options: OpenOptions): Promise<Form> {
  switch (name) {
    case 'hostName':
      return {
        name,
        title: 'Host name',
        about: ['What this machine is called in its network and in its log.'],
        subject: '',
        fields: [
          text(
            'name',
            'Host name',
            await readHostName(options.root),
            'For example callbox or calls.example.org.',
          ),
        ],
      }
    case 'publicAddress':
      return publicAddressForm(publicAddressIn((await readText(options.configFile)) ?? ''))
    case 'timeServers': {
      const servers = (await readTimeServers(options.root)).join(' ')
      const hint = 'Names or addresses, with spaces between them; empty takes those of the system.'
      return {
        name,
        title: 'Time servers',
        about: ['Passwords for the relay expire by the clock, so it has to be right.'],
        subject: '',
        fields: [text('servers', 'Time servers', servers, hint)],
      }
    }
    case 'factoryReset':
      return factoryResetForm(await readHostName(options.root))
  }
}

function publicAddressForm(address: string): Form {
  const hint =
    'An IP address or a name of it in the DNS. Empty: Callbox finds the address by itself at each start.'
  return {
    name: 'publicAddress',
    title: 'Public address',
    about: [
      'The address that people outside use, if this machine is behind a NAT or has a name.',
      'Callbox restarts: calls end.',
    ],
    subject: '',
    fields: [text('address', 'Public address', address, hint)],
  }
}

function factoryResetForm(name: string): Form {
  return {
    name: 'factoryReset',
    title: 'Factory reset',
    about: [
      'All settings, passwords, secrets, certificates and data of Callbox are removed. Chat servers have to be given new secrets afterwards. The network of this machine stays as it is.',
      `Type the host name, ${name}, to go on.`,
    ],
    subject: name,
    fields: [text('name', 'Host name', '', 'Nothing is removed before you press Enter.')],
  }
}

async function openNetwork(subject: string | undefined, { root }: OpenOptions): Promise<Outcome> {
  if (!existsSync(join(root, 'run/systemd/netif/state'))) {
    throw new ApplianceError(
      'NETWORK_NOT_CHANGED',
      'The network of this machine is not run by systemd-networkd.',
      'Change it with the tools of what runs it; the images of Callbox use systemd-networkd.',
    )
  }
  const { interfaces, gateways, nameServers } = await lookAtNetwork(root)
  const names = interfaces.map(({ name }) => name)
  const [first] = names
  if (first === undefined) {
    throw new ApplianceError(
      'NETWORK_NOT_CHANGED',
      'There is no network interface.',
      'Give the machine a network card, and restart it.',
    )
  }
  if (subject === undefined && names.length > 1) {
    return { type: 'choice', form: 'network', title: 'Which interface?', subjects: names }
  }
  const name = subject ?? first
  const file = await readText(join(root, NETWORK_FOLDER, networkFileName(name)))
  const addresses = interfaces.find((candidate) => candidate.name === name)?.addresses ?? []
  const set = file === undefined ? asItIs(name, addresses, gateways) : parseNetworkFile(name, file)
  return form(networkForm(set, file === undefined ? nameServers : set.nameServers))
}

/** The present addresses as a proposal: fixed they may be what the network gave. */
function asItIs(
  name: string,
  addresses: readonly string[],
  gateways: readonly string[],
): Addressing {
  const isIPv6 = (address: string) => address.includes(':')
  const ipv4 = addresses.find((address) => !isIPv6(address)) ?? ''
  const gateway4 = gateways.find((gateway) => !isIPv6(gateway)) ?? ''
  return {
    interface: name,
    mode: 'automatic',
    ipv4,
    gateway4: ipv4 === '' ? '' : gateway4,
    ipv6: '',
    gateway6: '',
    nameServers: [],
  }
}

function networkForm(set: Addressing, nameServers: readonly string[]): Form {
  const fixed = (name: string, label: string, value: string, hint: string): Field => ({
    ...text(name, label, value, hint),
    onlyInMode: 'fixed',
  })
  const servers = set.mode === 'automatic' ? set.nameServers : nameServers
  const serversHint =
    'Addresses, with spaces between them. Empty with automatic addresses: those that the network tells.'
  return {
    name: 'network',
    title: `Network: ${set.interface}`,
    about: [
      'The new addresses are tried for a minute: keep them then, or those of before come back.',
    ],
    subject: set.interface,
    fields: [
      {
        ...text('mode', 'Addresses', set.mode, 'automatic: by DHCP and from the IPv6 router.'),
        choices: ['automatic', 'fixed'],
      },
      fixed('ipv4', 'IPv4 address', set.ipv4, 'With the prefix length, such as 192.0.2.10/24.'),
      fixed('gateway4', 'IPv4 gateway', set.gateway4, 'The router. Empty: only its own network.'),
      fixed('ipv6', 'IPv6 address', set.ipv6, 'Empty: from the IPv6 router, if there is one.'),
      fixed('gateway6', 'IPv6 gateway', set.gateway6, 'The router, also as fe80::...'),
      text('nameServers', 'Name servers', servers.join(' '), serversHint),
    ],
  }
}

function text(name: string, label: string, value: string, hint: string): Field {
  return { name, label, value, hint }
}

function form(opened: Form): Outcome {
  return { type: 'form', form: opened }
}
