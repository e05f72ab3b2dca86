import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Status } from '#api'
import { settingsNamed } from '../tune/settings.ts'
import { recommendedText, satisfies } from '../tune/value.ts'
import { parseSnmpCounter, readNumber } from './proc.ts'

/** What the kernel counts and allows for UDP; sizes in bytes, 0 where a network namespace hides them. */
export type KernelFacts = Pick<
  Status['kernel'],
  'udpReceiveBufferErrors' | 'rmemMaxBytes' | 'wmemMaxBytes' | 'optmemMaxBytes'
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

/** Lists the settings (`net.core.rmem_max=16777216`) that would lift buffers that are too small. */
export function missingKernelSettings(facts: KernelFacts): readonly string[] {
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
