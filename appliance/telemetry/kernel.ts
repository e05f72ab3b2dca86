import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Status } from '#api'
import { parseSnmpCounter, readNumber } from './proc.ts'

/** What the kernel counts and allows for UDP; sizes in bytes, 0 where a network namespace hides them. */
export type KernelFacts = Status['kernel']

/** Socket buffers that hold half a second of media at 250 Mbit/s. */
export const WANTED_BUFFER_BYTES = 16 * 1024 * 1024

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
  const small = (bytes: number) => bytes > 0 && bytes < WANTED_BUFFER_BYTES
  const named = [
    { name: 'net.core.rmem_max', bytes: facts.rmemMaxBytes },
    { name: 'net.core.wmem_max', bytes: facts.wmemMaxBytes },
  ]
  return named
    .filter(({ bytes }) => small(bytes))
    .map(({ name }) => `${name}=${WANTED_BUFFER_BYTES}`)
}
