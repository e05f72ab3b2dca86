import { join } from 'node:path'
import type { KernelStatus } from '#api'
import { parseUdpSockets, readOr, type UdpSocketLine } from './proc.ts'

/** The UDP ports that are ours: single ones, and the range of relays, which counts as its lowest port. */
export type OwnPorts = Readonly<{
  single: readonly number[]
  relays: Readonly<{ min: number; max: number }>
}>

/** Counts what our sockets dropped, by port; a row for each port, also where nothing was dropped. */
export type SocketDrops = (procRoot: string) => KernelStatus['socketDrops']

/**
 * Creates the count. The kernel counts for each socket while it lives; relays come and go, so what
 * each dropped is added up here, and a port's sum never gets smaller.
 */
export function createSocketDrops({ single, relays }: OwnPorts): SocketDrops {
  const sums = new Map([...single, relays.min].map((port) => [port, 0]))
  const rowOf = (port: number) => (port >= relays.min && port <= relays.max ? relays.min : port)
  let before: ReadonlyMap<string, number> = new Map()
  return (procRoot) => {
    const queued = new Map<number, number>()
    const dropped = new Map<string, number>()
    for (const { port, inode, drops, queuedBytes } of ownSockets(procRoot, (port) =>
      sums.has(rowOf(port)),
    )) {
      const row = rowOf(port)
      queued.set(row, (queued.get(row) ?? 0) + queuedBytes)
      if (drops === 0) continue
      dropped.set(inode, drops)
      const earlier = before.get(inode) ?? 0
      sums.set(row, (sums.get(row) ?? 0) + (drops >= earlier ? drops - earlier : drops))
    }
    before = dropped
    return [...sums].map(([port, drops]) => ({ port, drops, queuedBytes: queued.get(port) ?? 0 }))
  }
}

function ownSockets(procRoot: string, wants: (port: number) => boolean): readonly UdpSocketLine[] {
  return ['net/udp', 'net/udp6'].flatMap((name) =>
    readOr(join(procRoot, name), (text) => parseUdpSockets(text, wants), []),
  )
}
