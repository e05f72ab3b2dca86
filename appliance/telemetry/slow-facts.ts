import { readdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskStatus, KernelStatus } from '#api'
import { parseOpenFilesLimit, readNumber, readOr } from './proc.ts'
import { createSocketDrops, type OwnPorts } from './socket-drops.ts'

/** What changes slowly or is dear to read: it is read every few seconds. */
export type SlowFacts = Pick<
  KernelStatus,
  | 'socketDrops'
  | 'conntrack'
  | 'files'
  | 'relayPorts'
  | 'rmemMaxBytes'
  | 'wmemMaxBytes'
  | 'optmemMaxBytes'
> &
  Readonly<{ disk: DiskStatus | undefined }>

/** What of the machine is ours; each may be left out, and is then not told. */
export type OwnPlaces = Readonly<{
  dataDir?: string
  ports?: OwnPorts
  /** Ports that relays use at present. */
  relayPortsUsed?: () => number
}>

const noPorts: OwnPorts = { single: [], relays: { min: 0, max: -1 } }

/** Creates the reader of the slow facts. */
export function createSlowFacts(procRoot: string, own: OwnPlaces): () => Promise<SlowFacts> {
  const { ports = noPorts, dataDir, relayPortsUsed = () => 0 } = own
  const readDrops = own.ports === undefined ? () => [] : createSocketDrops(ports)
  const limit = (name: string) => readNumber(join(procRoot, 'sys/net/core', name)) ?? 0
  return async () => ({
    socketDrops: readDrops(procRoot),
    conntrack: readConntrack(procRoot),
    files: readFiles(procRoot),
    relayPorts: { used: relayPortsUsed(), total: ports.relays.max - ports.relays.min + 1 },
    rmemMaxBytes: limit('rmem_max'),
    wmemMaxBytes: limit('wmem_max'),
    optmemMaxBytes: limit('optmem_max'),
    disk: dataDir === undefined ? undefined : await readDisk(dataDir),
  })
}

function readConntrack(procRoot: string): KernelStatus['conntrack'] {
  const read = (name: string) => readNumber(join(procRoot, 'sys/net/netfilter', name))
  const [count, max] = [read('nf_conntrack_count'), read('nf_conntrack_max')]
  return count === undefined || max === undefined ? undefined : { count, max }
}

function readFiles(procRoot: string): KernelStatus['files'] {
  const max = readOr(join(procRoot, 'self/limits'), parseOpenFilesLimit, 0)
  return { open: countEntries(join(procRoot, 'self/fd')), max }
}

function countEntries(folder: string): number {
  try {
    return readdirSync(folder).length
  } catch {
    return 0
  }
}

async function readDisk(folder: string): Promise<DiskStatus | undefined> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder)
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
  } catch {
    return undefined
  }
}
