import { readFileSync } from 'node:fs'

/** Time a core spent since boot, in the kernel's ticks; `busy` is everything but idle and I/O wait. */
export type CoreTicks = Readonly<{ busy: number; total: number }>

/** Bytes through one network interface since it came up. */
export type InterfaceBytes = Readonly<{ name: string; received: number; sent: number }>

/** Reads the ticks of `/proc/stat`: the sum of all cores first, then each (proc(5)). */
export function parseCpuTicks(text: string): readonly CoreTicks[] {
  const lines = text.split('\n').filter((line) => line.startsWith('cpu'))
  return lines.map((line) => {
    // user nice system idle iowait irq softirq steal; guest time is part of user already
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
    const total = ticks.reduce((sum, value) => sum + value, 0)
    return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total }
  })
}

/** Reads `/proc/net/dev`: bytes received is the first column, bytes sent the ninth (proc(5)). */
export function parseInterfaceBytes(text: string): readonly InterfaceBytes[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line)
    if (match === null) return []
    const columns = (match[2] ?? '').trim().split(/\s+/).map(Number)
    return [{ name: match[1] ?? '', received: columns[0] ?? 0, sent: columns[8] ?? 0 }]
  })
}

/** Reads one counter of a protocol in `/proc/net/snmp`; 0 where the kernel does not count it. */
export function parseSnmpCounter(text: string, protocol: string, counter: string): number {
  const [names = '', values = ''] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
  const column = names.split(' ').indexOf(counter)
  return column < 0 ? 0 : Number(values.split(' ')[column] ?? 0)
}

/** Reads the single number of a file of `/proc/sys`; `undefined` where the kernel hides it. */
export function readNumber(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, 'utf8').trim())
    return Number.isFinite(value) ? value : undefined
  } catch {
    return undefined
  }
}
