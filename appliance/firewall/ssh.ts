import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import type { SshDecision } from './ruleset.ts'

const SSH_PORT = '0016'
const ESTABLISHED = '01'

/** Decides about SSH: open where a key is authorised for somebody with a shell, since nothing else can come in. */
export async function decideSsh(root: string): Promise<SshDecision> {
  for (const { name, home } of await usersWithShell(root)) {
    for (const file of ['authorized_keys', 'authorized_keys2']) {
      const text = await readIfThere(join(root, home, '.ssh', file))
      if (hasKey(text)) return { open: true, why: `open, as ${name} has an authorised key` }
    }
  }
  return { open: false, why: 'shut, as no user with a shell has an authorised key' }
}

/** Says whether somebody is connected to the SSH port of this machine (proc_net_tcp: local address, then state). */
export async function sshInUse(root: string): Promise<boolean> {
  const tables = ['tcp', 'tcp6'].map((name) => readIfThere(join(root, 'proc/net', name)))
  const lines = (await Promise.all(tables)).flatMap((text) => text.split('\n'))
  return lines.some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/)
    return local.endsWith(`:${SSH_PORT}`) && state === ESTABLISHED
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

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = systemErrorCode(error) ?? ''
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR'].includes(code)) return ''
    throw error
  }
}
