import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KernelStatus } from '#api'
import { settingsNamed } from '../tune/settings.ts'
import { recommendedText, satisfies } from '../tune/value.ts'
import { parseSnmp6Counter, parseSnmpCounter, parseSoftnet, readNumber, readOr } from './proc.ts'

/** What the kernel counts and allows for UDP; sizes in bytes, 0 where a network namespace hides them. */
export type KernelFacts = Pick<
  KernelStatus,
  'udpReceiveBufferErrors' | 'rmemMaxBytes' | 'wmemMaxBytes' | 'optmemMaxBytes'
>

/** What the kernel counts of UDP, both IP versions together, and where it fell behind. */
export type KernelCounters = Pick<
  KernelStatus,
  | 'udpReceiveBufferErrors'
  | 'udpSendBufferErrors'
  | 'udpNoPorts'
  | 'udpReceived'
  | 'udpSent'
  | 'softnetDropped'
  | 'softnetSqueezed'
>

/** Reads the kernel's facts for the network namespace of this process. */
export function readKernelFacts(procRoot = '/proc'): KernelFacts {
  const limit = (name: string) => readNumber(join(procRoot, 'sys/net/core', name)) ?? 0
  const snmp = readFileSync(join(procRoot, 'net/snmp'), 'utf8')
  return {
    udpReceiveBufferErrors: parseSnmpCounter(snmp, 'Udp', 'RcvbufErrors'),
    rmemMaxBytes: limit('rmem_max'),
    wmemMaxBytes: limit('wmem_max'),
    optmemMaxBytes: limit('optmem_max'),
  }
}

/** Reads the counters since boot, for the network namespace of this process; 0 for what is hidden. */
export function readKernelCounters(procRoot = '/proc'): KernelCounters {
  const read = (name: string) => readOr(join(procRoot, 'net', name), (text) => text, '')
  const [snmp, snmp6, softnet] = [read('snmp'), read('snmp6'), parseSoftnet(read('softnet_stat'))]
  const count = (name: string) =>
    parseSnmpCounter(snmp, 'Udp', name) + parseSnmp6Counter(snmp6, `Udp6${name}`)
  return {
    udpReceiveBufferErrors: count('RcvbufErrors'),
    udpSendBufferErrors: count('SndbufErrors'),
    udpNoPorts: count('NoPorts'),
    udpReceived: count('InDatagrams'),
    udpSent: count('OutDatagrams'),
    softnetDropped: softnet.dropped,
    softnetSqueezed: softnet.squeezed,
  }
}

/** Lists the settings (`net.core.rmem_max=16777216`) that would lift buffers that are too small. */
export function missingKernelSettings(
  facts: Pick<KernelFacts, 'rmemMaxBytes' | 'wmemMaxBytes'>,
): readonly string[] {
  const now = new Map([
    ['net.core.rmem_max', facts.rmemMaxBytes],
    ['net.core.wmem_max', facts.wmemMaxBytes],
  ])
  return settingsNamed(...now.keys())
    .filter(({ key, wanted }) => {
      const bytes = now.get(key) ?? 0
      return bytes > 0 && !satisfies(wanted, String(bytes))
    })
    .map(({ key, wanted }) => `${key}=${recommendedText(wanted)}`)
}
