import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { messageOf, systemErrorCode } from '../errors.ts'
import type { Warning } from '../warning.ts'
import { type Machine, readSetting } from './machine.ts'
import { formatPortSet, type PortSet } from './port-set.ts'
import type { Setting } from './settings.ts'

/** Open files that a full relay needs: two sockets for each of 8192 allocations, as many connections, and room. */
const WANTED_FILES = 65_536

const FLOW_ENTRIES = 32_768

/** Tells what no setting of ours can do, each with what to do about it: cards, open files, the firewall's table. */
export async function tuningNotes(
  machine: Machine,
  settings: readonly Setting[],
  cores: number,
): Promise<readonly Warning[]> {
  return [
    ...(await cardNotes(machine, cores)),
    ...(await fileLimitNotes(machine)),
    ...(await trackingNotes(machine, settings)),
  ]
}

/** One receive queue is one interrupt, and so one core for all packets that arrive. */
async function cardNotes(machine: Machine, cores: number): Promise<readonly Warning[]> {
  const notes: Warning[] = []
  if (cores < 2) return notes
  for (const name of await hardwareCards(machine)) {
    const queues = await list(join(machine.root, 'sys/class/net', name, 'queues'))
    const receiving = queues.filter((queue) => queue.startsWith('rx-'))
    if (receiving.length === 1 && !(await isSpread(machine, name))) {
      notes.push(await singleQueueNote(machine, name, cores))
    }
  }
  return notes
}

async function singleQueueNote(machine: Machine, name: string, cores: number): Promise<Warning> {
  const irq = await interruptOf(machine, name)
  const pinned = irq === undefined ? '' : ` (interrupt ${irq})`
  return {
    message: `${name} has one receive queue: one of ${cores} cores takes in every packet${pinned}.`,
    fix:
      `Give the card as many queues as the machine has cores (KVM: queues=${cores} for virtio-net), or let the kernel ` +
      `spread the work at each boot: echo ${coreMask(cores)} > /sys/class/net/${name}/queues/rx-0/rps_cpus; ` +
      `sysctl -w net.core.rps_sock_flow_entries=${FLOW_ENTRIES}; ` +
      `echo ${FLOW_ENTRIES} > /sys/class/net/${name}/queues/rx-0/rps_flow_cnt.`,
  }
}

/** All cores as the kernel writes sets of them: hexadecimal, a comma before every eighth digit from the right. */
export function coreMask(cores: number): string {
  const digits = ((1n << BigInt(cores)) - 1n).toString(16)
  return digits.replaceAll(/(?!^)(?=(?:.{8})+$)/g, ',')
}

async function isSpread(machine: Machine, name: string): Promise<boolean> {
  const file = join(machine.root, 'sys/class/net', name, 'queues/rx-0/rps_cpus')
  return /[1-9a-f]/.test((await readIfThere(file)) ?? '')
}

/** Virtual interfaces have no device; their packets came through a card before. */
async function hardwareCards(machine: Machine): Promise<readonly string[]> {
  const folder = join(machine.root, 'sys/class/net')
  const cards: string[] = []
  for (const name of await list(folder)) {
    if ((await deviceOf(machine, name)) !== undefined) cards.push(name)
  }
  return cards
}

async function deviceOf(machine: Machine, name: string): Promise<string | undefined> {
  try {
    return basename(await readlink(join(machine.root, 'sys/class/net', name, 'device')))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(systemErrorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Drivers name interrupts after the interface or its device (`eth0-rx-0`, `virtio1-input.0`). */
async function interruptOf(machine: Machine, name: string): Promise<string | undefined> {
  const device = await deviceOf(machine, name)
  const text = (await readIfThere(join(machine.root, 'proc/interrupts'))) ?? ''
  const lines = text.split('\n').filter((line) => {
    const what = line.trim().split(/\s+/).at(-1) ?? ''
    return what === name || what.startsWith(`${name}-`) || what.startsWith(`${device}-input`)
  })
  return lines.length === 1 ? lines[0]?.trim().split(':')[0] : undefined
}

async function fileLimitNotes(machine: Machine): Promise<readonly Warning[]> {
  const text = (await readIfThere(join(machine.root, 'proc/self/limits'))) ?? ''
  const hard = /^Max open files +\S+ +(\S+)/m.exec(text)?.[1]
  if (hard === undefined || hard === 'unlimited' || Number(hard) >= WANTED_FILES) return []
  return [
    {
      message: `A process started like this one may open ${hard} files; a full relay needs ${WANTED_FILES}.`,
      fix: `LimitNOFILE=${WANTED_FILES} in the service's unit, or ulimit -n ${WANTED_FILES} before the start.`,
    },
  ]
}

/** Each packet of a followed connection is looked up; relays make many such connections. */
async function trackingNotes(
  machine: Machine,
  settings: readonly Setting[],
): Promise<readonly Warning[]> {
  const [count, most] = await Promise.all([
    readSetting(machine, 'net.netfilter.nf_conntrack_count'),
    readSetting(machine, 'net.netfilter.nf_conntrack_max'),
  ])
  const ports = settings.flatMap(({ wanted }) => (wanted.rule === 'reserves' ? [wanted.ports] : []))
  if (count === undefined || most === undefined || ports[0] === undefined) return []
  return [
    {
      message: `The firewall can follow connections (${count} of ${most}). If its rules use that, media is cheaper without.`,
      fix: `echo '${exemption(ports[0])}' | nft -f -, and accept these ports by themselves, not by "ct state".`,
    },
  ]
}

function exemption(ports: PortSet): string {
  const list = `{ ${formatPortSet(ports).replaceAll(',', ', ')} }`
  return (
    'table inet callbox-untracked { ' +
    `chain in { type filter hook prerouting priority raw; udp dport ${list} notrack; }; ` +
    `chain out { type filter hook output priority raw; udp sport ${list} notrack; }; }`
  )
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw new Error(`${folder} cannot be listed: ${messageOf(error)}`, { cause: error })
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
