import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Machine } from '../machine.ts'

/** A machine in a folder, which takes every value. */
export type FakeMachine = Readonly<{
  machine: Machine
  /** Gives the kernel a value, by key. */
  kernel: (key: string, value: string) => Promise<void>
  kernelHas: (key: string) => Promise<string>
  /** Takes a setting away, as a network namespace does. */
  hide: (key: string) => Promise<void>
  /** Makes the kernel forget what it is given for this setting. */
  refuse: (key: string) => Promise<void>
  write: (path: string, text: string) => Promise<void>
  /** `undefined` where there is no such file. */
  read: (path: string) => Promise<string | undefined>
  link: (target: string, path: string) => Promise<void>
  remove: () => Promise<void>
}>

/** What Debian's kernel has on a machine of two gibibytes. */
export const DEBIAN_VALUES: Readonly<Record<string, string>> = {
  'net.core.rmem_max': '212992',
  'net.core.wmem_max': '212992',
  'net.core.optmem_max': '131072',
  'net.core.rmem_default': '212992',
  'net.core.wmem_default': '212992',
  'net.core.netdev_max_backlog': '1000',
  'net.core.netdev_budget': '300',
  'net.core.somaxconn': '4096',
  'net.ipv4.tcp_max_syn_backlog': '512',
  'net.ipv4.tcp_slow_start_after_idle': '1',
  'net.ipv4.tcp_notsent_lowat': '4294967295',
  'net.ipv4.tcp_mtu_probing': '0',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.ip_local_reserved_ports': '',
  'fs.file-max': '9223372036854775807',
  'fs.nr_open': '1048576',
}

/** Makes such a machine with Debian's values. */
export async function createFakeMachine(isRoot = true): Promise<FakeMachine> {
  const root = await mkdtemp(join(tmpdir(), 'callbox-tune-'))
  const path = (key: string) => join(root, 'proc/sys', ...key.split('.'))
  const put = async (file: string, text: string) => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  const kernel = (key: string, value: string) => put(path(key), `${value}\n`)
  for (const [key, value] of Object.entries(DEBIAN_VALUES)) await kernel(key, value)
  return {
    machine: { root, isRoot },
    kernel,
    kernelHas: async (key) => (await readFile(path(key), 'utf8')).trim(),
    hide: (key) => rm(path(key)),
    async refuse(key) {
      await rm(path(key))
      await symlink('/dev/null', path(key))
    },
    write: (file, text) => put(join(root, file), text),
    async read(file) {
      const text = await readFile(join(root, file), 'utf8').catch(() => undefined)
      return text
    },
    async link(target, file) {
      await mkdir(join(root, dirname(file)), { recursive: true })
      await symlink(target, join(root, file))
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}
