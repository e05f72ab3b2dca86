import { readFileSync } from 'node:fs'

/** Time a core spent since boot, in the kernel's ticks; `busy` is everything but idle and I/O wait. */
export type CoreTicks = Readonly<{ busy: number; softirq: number; steal: number; total: number }>

/** What went through one network interface since it came up. */
export type InterfaceCounters = Readonly<{
  name: string
  receivedBytes: number
  receivedPackets: number
  sentBytes: number
  sentPackets: number
}>

/** Reads the ticks of `/proc/stat`: the sum of all cores first, then each (proc(5)). */
export function parseCpuTicks(text: string): readonly CoreTicks[] {
  const lines = text.split('\n').filter((line) => line.startsWith('cpu'))
  return lines.map((line) => {
    // user nice system idle iowait irq softirq steal; guest time is part of user already
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
    const at = (column: number) => ticks[column] ?? 0
    const total = ticks.reduce((sum, value) => sum + value, 0)
    return { busy: total - at(3) - at(4), softirq: at(6), steal: at(7), total }
  })
}

/** Reads `/proc/net/dev`: eight columns of what was received, then those of what was sent (proc(5)). */
export function parseInterfaceCounters(text: string): readonly InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line)
    if (match === null) return []
    const columns = (match[2] ?? '').trim().split(/\s+/).map(Number)
    return [
      {
        name: match[1] ?? '',
        receivedBytes: columns[0] ?? 0,
        receivedPackets: columns[1] ?? 0,
        sentBytes: columns[8] ?? 0,
        sentPackets: columns[9] ?? 0,
      },
    ]
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

/** Reads one counter of `/proc/net/snmp6`, which has one a line; 0 where the kernel does not count it. */
export function parseSnmp6Counter(text: string, counter: string): number {
  const match = new RegExp(`^${counter}\\s+(\\d+)$`, 'm').exec(text)
  return Number(match?.[1] ?? 0)
}

/** Reads `/proc/net/softnet_stat`: a line for each core, hexadecimal, dropped second and squeezed third. */
export function parseSoftnet(text: string): Readonly<{ dropped: number; squeezed: number }> {
  let dropped = 0
  let squeezed = 0
  for (const line of text.split('\n')) {
    const columns = line.split(' ')
    dropped += Number.parseInt(columns[1] ?? '0', 16) || 0
    squeezed += Number.parseInt(columns[2] ?? '0', 16) || 0
  }
  return { dropped, squeezed }
}

/** One socket of `/proc/net/udp`; `drops` are since it was opened, and without any it has no `inode` here. */
export type UdpSocketLine = Readonly<{
  port: number
  queuedBytes: number
  inode: string
  drops: number
}>

/**
 * Reads the sockets of `/proc/net/udp` or `udp6` whose local port is asked for. A busy relay has many thousand
 * lines, so no more of each is looked at than is needed.
 */
export function parseUdpSockets(
  text: string,
  wants: (port: number) => boolean,
): readonly UdpSocketLine[] {
  const sockets: UdpSocketLine[] = []
  // sl: local:port remote:port st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
  for (const line of text.split('\n')) {
    const local = line.indexOf(':', line.indexOf(':') + 1)
    if (local < 0) continue
    const port = Number.parseInt(line.slice(local + 1, local + 5), 16)
    if (!wants(port)) continue
    const queue = line.indexOf(':', line.indexOf(':', local + 1) + 1)
    const queuedBytes = Number.parseInt(line.slice(queue + 1, queue + 9), 16) || 0
    const whole = line.trimEnd()
    const drops = Number(whole.slice(whole.lastIndexOf(' ') + 1)) || 0
    const inode = drops > 0 ? (whole.trimStart().split(/\s+/)[9] ?? '') : ''
    sockets.push({ port, queuedBytes, inode, drops })
  }
  return sockets
}

/** What `/proc/<pid>/stat` tells of a process: ticks of time it had, when it began, pages in memory. */
export type ProcessTicks = Readonly<{ ticks: number; startedAt: number; rssPages: number }>

/** Reads `/proc/<pid>/stat` (proc(5)); the name in it may hold anything, also blanks and brackets. */
export function parseProcessStat(text: string): ProcessTicks | undefined {
  const columns = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // state is column 3 of the manual and 0 here: utime 14, stime 15, starttime 22, rss 24
  const [utime, stime, startedAt, rssPages] = [11, 12, 19, 21].map((at) => Number(columns[at]))
  const ticks = (utime ?? Number.NaN) + (stime ?? Number.NaN)
  if (!Number.isFinite(ticks) || startedAt === undefined || rssPages === undefined) return undefined
  return { ticks, startedAt, rssPages }
}

/** Reads how many files `/proc/<pid>/limits` allows; 0 where it does not say. */
export function parseOpenFilesLimit(text: string): number {
  return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? 0)
}

/** Reads a file of the kernel; `otherwise` where it is hidden or was never there. */
export function readOr<T>(path: string, parse: (text: string) => T, otherwise: T): T {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
  return parse(text)
}

/** Reads the single number of a file of `/proc/sys`; `undefined` where the kernel hides it. */
export function readNumber(path: string): number | undefined {
  return readOr(path, (text) => finite(Number(text.trim())), undefined)
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}
