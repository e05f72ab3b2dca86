import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { guestIp, guestMac, hostIp } from './network.ts'

/** The name that cloud-init gives the guest. */
export const guestName = 'calls-test'

/** Makes a key pair for SSH; answers the file of the private one. */
export function makeKey(folder: string): string {
  const file = join(folder, 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  return file
}

/** Makes the CD that cloud-init's NoCloud source reads: what an admin gives on a hypervisor. */
export function makeSeed(folder: string, keyFile: string): string {
  const config = stringify({
    public_address: guestIp,
    web: { https_port: 443, http_port: 80, http_redirect: true },
    rtc: { workers: 2 },
  })
  const userData = {
    hostname: guestName,
    ssh_authorized_keys: [readFileSync(`${keyFile}.pub`, 'utf8').trim()],
    write_files: [
      {
        path: '/etc/callbox/config.yaml',
        content: config,
        owner: 'root:callbox',
        permissions: '0640',
      },
    ],
  }
  const network = {
    version: 2,
    ethernets: {
      any: {
        match: { macaddress: guestMac },
        addresses: [`${guestIp}/24`],
        routes: [{ to: 'default', via: hostIp }],
      },
    },
  }
  const files = {
    'user-data': `#cloud-config\n${stringify(userData)}`,
    'meta-data': stringify({ 'instance-id': 'callbox-test-1' }),
    'network-config': stringify(network),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const seed = join(folder, 'seed.iso')
  const sources = Object.keys(files).map((name) => join(folder, name))
  const iso = ['-quiet', '-o', seed, '-V', 'cidata', '-J', '-r', ...sources]
  execFileSync('genisoimage', iso)
  return seed
}
