import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What a test may need of the machine, beyond the npm packages. */
export type Need = keyof typeof commandOf | 'ovmf' | 'netns' | 'worker'

const commandOf = {
  chromium: 'chromium',
  firefox: 'firefox-esr',
  coturn: 'turnutils_uclient',
  iproute2: 'ip',
  nft: 'nft',
  sox: 'sox',
  'espeak-ng': 'espeak-ng',
  certutil: 'certutil',
  conntrack: 'conntrack',
  lua: 'lua',
  tmux: 'tmux',
  'dbus-daemon': 'dbus-daemon',
  networkctl: 'networkctl',
  sshd: 'sshd',
  apt: 'apt-config',
  mmdebstrap: 'mmdebstrap',
  nspawn: 'systemd-nspawn',
  'systemd-analyze': 'systemd-analyze',
  shellcheck: 'shellcheck',
  qemu: 'qemu-system-x86_64',
  'qemu-img': 'qemu-img',
  genisoimage: 'genisoimage',
  zstd: 'zstd',
  ssh: 'ssh',
  xmllint: 'xmllint',
  minisign: 'minisign',
  packer: 'packer',
  '7zz': '7zz',
  age: 'age',
  'ssh-keygen': 'ssh-keygen',
  pebble: 'pebble',
  promtool: 'promtool',
} as const

/** The firmware for UEFI with Secure Boot: files, no command. */
const OVMF = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd'

/** Debian's package for each need that has one. */
export const debianPackageOf: Readonly<Record<keyof typeof commandOf | 'ovmf', string>> = {
  chromium: 'chromium',
  firefox: 'firefox-esr',
  coturn: 'coturn',
  iproute2: 'iproute2',
  nft: 'nftables',
  sox: 'sox',
  'espeak-ng': 'espeak-ng',
  certutil: 'libnss3-tools',
  conntrack: 'conntrack',
  lua: 'lua5.4',
  tmux: 'tmux',
  'dbus-daemon': 'dbus-daemon',
  networkctl: 'systemd',
  sshd: 'openssh-server',
  apt: 'apt',
  mmdebstrap: 'mmdebstrap',
  nspawn: 'systemd-container',
  'systemd-analyze': 'systemd',
  shellcheck: 'shellcheck',
  qemu: 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  genisoimage: 'genisoimage',
  zstd: 'zstd',
  ssh: 'openssh-client',
  ovmf: 'ovmf',
  xmllint: 'libxml2-utils',
  minisign: 'minisign',
  packer: 'packer',
  '7zz': '7zip',
  age: 'age',
  'ssh-keygen': 'openssh-client',
  pebble: 'pebble',
  promtool: 'prometheus',
}

/**
 * Says why a test cannot run here, for tap's `skip` option: `t.test(name, { skip: needs('netns') }, …)`.
 * `netns` is the right to make network namespaces; `worker` a mediasoup worker in MEDIASOUP_WORKER_BIN.
 * @returns false when everything is there
 */
export function needs(...names: readonly Need[]): string | false {
  const reasons = names.flatMap((name) => reasonAgainst(name) ?? [])
  return reasons.length > 0 && reasons.join('; ')
}

function reasonAgainst(name: Need): string | undefined {
  if (name === 'netns') return reasonAgainstNamespaces()
  if (name === 'worker') {
    const path = process.env['MEDIASOUP_WORKER_BIN']
    return path && existsSync(path) ? undefined : 'needs MEDIASOUP_WORKER_BIN (npm test sets it)'
  }
  if (name === 'ovmf') {
    return existsSync(OVMF) ? undefined : `needs ${OVMF} (Debian package ovmf)`
  }
  if (hasCommand(commandOf[name])) return undefined
  return `needs ${commandOf[name]} (Debian package ${debianPackageOf[name]})`
}

let mayUnshare: boolean | undefined

function reasonAgainstNamespaces(): string | undefined {
  if (!hasCommand('ip')) return 'needs ip (Debian package iproute2)'
  mayUnshare ??= spawnSync('unshare', ['--net', 'true']).status === 0
  return mayUnshare ? undefined : 'needs the right to make network namespaces (root)'
}

/** Says whether a command is on the PATH or among the system's own. */
export function hasCommand(command: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)))
}
