import { constants } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { systemErrorCode } from '../errors.ts'

/** The machine that is tuned: where its files begin (`/`), and whether this process is root. */
export type Machine = Readonly<{ root: string; isRoot: boolean }>

/**
 * Whether a setting can be changed from here: `readOnly` where /proc/sys is mounted so, as containers have it;
 * `hosts` where the kernel keeps it from this network namespace; `absent` where it does not even show it.
 */
export type Reach = 'settable' | 'needsRoot' | 'readOnly' | 'hosts' | 'absent'

/** The machine this process runs on. */
export function thisMachine(): Machine {
  return { root: '/', isRoot: process.geteuid?.() === 0 }
}

/** Reads a setting as one line; `undefined` where the kernel does not show it. */
export async function readSetting(machine: Machine, key: string): Promise<string | undefined> {
  try {
    const text = await readFile(pathOf(machine, key), 'utf8')
    return text.trim().replaceAll(/\s+/g, ' ')
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Writes a setting; rejects with the kernel's refusal. */
export function writeSetting(machine: Machine, key: string, text: string): Promise<void> {
  return writeFile(pathOf(machine, key), `${text}\n`)
}

/** Finds out whether a setting can be changed, without changing it. */
export async function reachOf(machine: Machine, key: string): Promise<Reach> {
  try {
    await access(pathOf(machine, key), constants.W_OK)
    return 'settable'
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT') return 'absent'
    if (code === 'EROFS') return 'readOnly'
    if (code !== 'EACCES' && code !== 'EPERM') throw error
    return machine.isRoot ? 'hosts' : 'needsRoot'
  }
}

function pathOf({ root }: Machine, key: string): string {
  return join(root, 'proc/sys', ...key.split('.'))
}
