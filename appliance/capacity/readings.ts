import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSnmp6Counter, parseSnmpCounter } from '../telemetry/proc.ts'

/** `_SC_CLK_TCK`, which is 100 on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100

/** Counters of the kernel; each is `undefined` where it cannot be read, as of a process that has ended. */
export interface Readings {
  /** Processor time that a process has used so far. */
  processorSeconds(pid: number): number | undefined
  /** UDP datagrams of this network namespace since it began, of both IP versions. */
  udp(): Readonly<{ received: number; sent: number }> | undefined
}

/** Reads the counters of this machine. */
export function createReadings(procRoot = '/proc'): Readings {
  return {
    processorSeconds(pid) {
      const text = read(join(procRoot, String(pid), 'stat'))
      // The name, in brackets, may hold spaces and brackets itself; user and system time are fields 14 and 15.
      const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
      const ticks = Number(fields?.[11]) + Number(fields?.[12])
      return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : undefined
    },
    udp() {
      const text = read(join(procRoot, 'net/snmp'))
      if (text === undefined) return undefined
      const text6 = read(join(procRoot, 'net/snmp6')) ?? ''
      const count = (name: string) =>
        parseSnmpCounter(text, 'Udp', name) + parseSnmp6Counter(text6, `Udp6${name}`)
      return { received: count('InDatagrams'), sent: count('OutDatagrams') }
    },
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // the process has ended, or the kernel hides it
  }
}
