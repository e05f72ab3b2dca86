import { constants } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import type { SshDecision } from './ruleset.ts'

const SSH_PORT = 22
const ESTABLISHED = '01'

/** Nobody has more keys than that. */
const MOST_BYTES = 2 ** 20

/** Decides about SSH: open where a key is authorised for somebody with a shell, since nothing else can come in. */
export async function decideSsh(root: string): Promise<Omit<SshDecision, 'ports'>> {
  for (const { name, home } of await usersWithShell(root)) {
    for (const file of ['authorized_keys', 'authorized_keys2']) {
      const text = await readUsersFile(join(root, home, '.ssh', file))
      if (hasKey(text)) return { open: true, why: `open, as ${name} has an authorised key` }
    }
  }
  return { open: false, why: 'shut, as no user with a shell has an authorised key' }
}

/** Where the ports of the server are named: its own configuration, and that of systemd, which may listen for it. */
const PORT_FILES = ['etc/ssh/sshd_config', 'etc/systemd/system/ssh.socket']
const PORT_FOLDERS = [
  'etc/ssh/sshd_config.d',
  'etc/systemd/system/ssh.socket.d',
  'run/systemd/generator/ssh.socket.d',
]

/** The ports of SSH: its own, and those that configurations name (sshd_config(5), systemd.socket(5)). */
export async function sshPorts(root: string): Promise<readonly number[]> {
  const more = await Promise.all(PORT_FOLDERS.map((folder) => configurations(root, folder)))
  const files = [...PORT_FILES, ...more.flat()]
  const texts = await Promise.all(files.map((file) => readIfThere(join(root, file))))
  const valid = texts.flatMap(portsIn).filter((port) => port > 0 && port < 65_536)
  return [...new Set([SSH_PORT, ...valid])].sort((a, b) => a - b)
}

async function configurations(root: string, folder: string): Promise<readonly string[]> {
  const names = await namesIn(join(root, folder))
  return names.filter((name) => name.endsWith('.conf')).map((name) => join(folder, name))
}

/** `Port 2222`, `ListenAddress [2001:db8::1]:2222`, `ListenStream=2222`, `ListenStream=192.0.2.1:2222`. */
const PORT_LINES = [
  /^[ \t]*Port[ \t=]+"?(\d{1,5})\b/gim,
  /^[ \t]*ListenAddress[ \t=]+"?(?:\[[^\]\n]*\]|[^\s:"]*):(\d{1,5})\b/gim,
  /^[ \t]*ListenStream[ \t]*=[ \t]*(?:\S*:)?(\d{1,5})[ \t]*$/gm,
]

function portsIn(text: string): readonly number[] {
  return PORT_LINES.flatMap((line) => [...text.matchAll(line)].map(([, port]) => Number(port)))
}

/**
 * Says whether somebody is connected to one of the ports of this machine (proc_net_tcp: local address, then state). Reads
 * what each process is shown of its own network: a unit with `ProcSubset=pid` has nothing else below /proc.
 */
export async function isConnected(root: string, ports: readonly number[]): Promise<boolean> {
  const tables = ['tcp', 'tcp6'].map((name) => readIfThere(join(root, 'proc/self/net', name)))
  const lines = (await Promise.all(tables)).flatMap((text) => text.split('\n'))
  return lines.some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    return state === ESTABLISHED && ports.includes(Number.parseInt(local.split(':')[1] ?? '', 16))
  })
}

async function usersWithShell(
  root: string,
): Promise<readonly Readonly<{ name: string; home: string }>[]> {
  const lines = (await readIfThere(join(root, 'etc/passwd'))).split('\n')
  return lines.flatMap((line) => {
    const [name = '', , , , , home = '', shell = ''] = line.split(':')
    return home === '' || /\/(nologin|false|sync)$/.test(shell) ? [] : [{ name, home }]
  })
}

function hasKey(text: string): boolean {
  return text.split('\n').some((line) => /^[^#]*\b(ssh|ecdsa|sk)-\S+ /.test(line.trim()))
}

/** A file that its user may have made anything of: of pipes, devices and what is endless nothing is read. */
async function readUsersFile(path: string): Promise<string> {
  const text = await unlessRefused(async () => {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const facts = await file.stat()
      const isPlain = facts.isFile() && facts.size > 0 && facts.size <= MOST_BYTES
      return isPlain ? await file.readFile('utf8') : ''
    } finally {
      await file.close()
    }
  })
  return text ?? ''
}

async function readIfThere(path: string): Promise<string> {
  return (await unlessRefused(() => readFile(path, 'utf8'))) ?? ''
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await unlessRefused(() => readdir(folder))) ?? []
}

/** What cannot be read opens nothing, and must not keep the firewall from being set either. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
    return undefined
  }
}
