import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readKernelCounters } from './kernel.ts'
import { createNetworkMeter } from './network-rates.ts'
import { parseInterfaceCounters, parseProcessStat, parseSoftnet, parseUdpSockets } from './proc.ts'
import { createProcessMeter } from './processes.ts'
import { createSlowFacts } from './slow-facts.ts'
import { createSocketDrops } from './socket-drops.ts'
import { createSystemStats } from './system-stats.ts'

const root = await mkdtemp(join(tmpdir(), 'callbox-machine-'))
t.teardown(() => rm(root, { recursive: true }))
t.beforeEach(() => rm(join(root, 'proc'), { recursive: true, force: true }))

async function write(path: string, content: string | Buffer) {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

const UDP_HEAD =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             '

/** A line as the kernel writes it, for a socket on that port. */
function udp(port: number, inode: number, drops: number, queued = 0, address = '00000000') {
  const hex = (value: number, width: number) =>
    value.toString(16).toUpperCase().padStart(width, '0')
  return ` 1234: ${address}:${hex(port, 4)} ${address}:0000 07 00000000:${hex(queued, 8)} 00:00000000 00000000   998        0 ${inode} 2 0000000000000000 ${drops}     `
}

const sockets = (...lines: string[]) => `${[UDP_HEAD, ...lines].join('\n')}\n`

t.test('adds the UDP counters of both IP versions, and softnet’s of all cores', async (t) => {
  await write(
    'proc/net/snmp',
    'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\nUdp: 100 2 30 99 28 4\n',
  )
  await write(
    'proc/net/snmp6',
    'Udp6InDatagrams                 \t7\nUdp6NoPorts                     \t1\nUdp6OutDatagrams \t5\nUdp6RcvbufErrors                \t3\nUdpLite6RcvbufErrors \t900\n',
  )
  await write(
    'proc/net/softnet_stat',
    '00003045 0000000a 00000002 00000000\n00009d70 00000001 00000010 00000000\n',
  )
  t.same(readKernelCounters(join(root, 'proc')), {
    udpReceiveBufferErrors: 31,
    udpSendBufferErrors: 4,
    udpNoPorts: 3,
    udpReceived: 107,
    udpSent: 104,
    softnetDropped: 11,
    softnetSqueezed: 18,
  })
  t.same(parseSoftnet(''), { dropped: 0, squeezed: 0 })
})

t.test('reads the sockets of the ports that it is asked for, and no others', async (t) => {
  const v6 = '00000000000000000000000000000000'
  const text = sockets(udp(8443, 1, 5, 256), udp(53, 2, 9), udp(8443, 3, 0, 9, v6), 'a:b:', '')
  t.same(
    parseUdpSockets(text, (port) => port === 8443),
    [
      { port: 8443, queuedBytes: 256, inode: '1', drops: 5 },
      { port: 8443, queuedBytes: 9, inode: '', drops: 0 },
    ],
  )
})

t.test('adds up drops by port, the relays as one, and never forgets one', async (t) => {
  const proc = join(root, 'proc')
  const read = createSocketDrops({
    single: [8443, 3478],
    relays: { min: 49152, max: 49200 },
  })
  t.same(read(proc), [
    { port: 8443, drops: 0, queuedBytes: 0 },
    { port: 3478, drops: 0, queuedBytes: 0 },
    { port: 49152, drops: 0, queuedBytes: 0 },
  ])
  await write('proc/net/udp', sockets(udp(8443, 1, 5), udp(49160, 2, 2, 10), udp(49161, 3, 1, 20)))
  await write('proc/net/udp6', sockets(udp(8443, 4, 1)))
  t.same(read(proc), [
    { port: 8443, drops: 6, queuedBytes: 0 },
    { port: 3478, drops: 0, queuedBytes: 0 },
    { port: 49152, drops: 3, queuedBytes: 30 },
  ])
  await write('proc/net/udp', sockets(udp(8443, 1, 7), udp(49160, 9, 1)))
  t.same(
    read(proc).map(({ drops }) => drops),
    [8, 0, 4],
    'a relay that closed takes nothing with it, and its port’s next begins at 0',
  )
})

const processStat = (ticks: number, startedAt: number, rssPages: number) =>
  `7 (a) (b c) R 1 1 1 0 -1 4194304 98 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${startedAt} 3133440 ${rssPages} 18446744073709551615 0`

t.test('measures each process between two calls', async (t) => {
  t.same(parseProcessStat(processStat(30, 500, 11)), { ticks: 30, startedAt: 500, rssPages: 11 })
  t.equal(parseProcessStat('7 (cut'), undefined)
  const auxv = Buffer.alloc(32)
  auxv.writeBigUInt64LE(6n, 0)
  auxv.writeBigUInt64LE(16384n, 8)
  await write('proc/self/auxv', auxv)
  const measure = createProcessMeter(join(root, 'proc'))
  const own = [
    { kind: 'main' as const, pid: 7 },
    { kind: 'media' as const, pid: 8, rooms: 2 },
    { kind: 'turn' as const, pid: 9 },
  ]
  await write('proc/7/stat', processStat(100, 500, 10))
  await write('proc/8/stat', processStat(100, 500, 10))
  t.same(measure(own, 1000), [
    { kind: 'main', pid: 7, cpuPercent: 0, rssBytes: 163_840 },
    { kind: 'media', pid: 8, rooms: 2, cpuPercent: 0, rssBytes: 163_840 },
  ])
  await write('proc/7/stat', processStat(150, 500, 10))
  await write('proc/8/stat', processStat(2, 900, 10))
  t.match(measure(own, 3000), [
    { pid: 7, cpuPercent: 25 },
    { pid: 8, cpuPercent: 0 },
  ])
})

t.test('knows how fast the cards are, where they say', async (t) => {
  const line = (name: string, packets: number) =>
    `${name}: ${packets * 100} ${packets} 0 0 0 0 0 0 ${packets * 200} ${packets * 2} 0 0 0 0 0 0`
  for (const [name, speed] of [
    ['eth0', '1000'],
    ['eth1', '10000'],
    ['eth2', '-1'],
  ]) {
    await write(`sys/class/net/${name}/device`, '')
    await write(`sys/class/net/${name}/speed`, `${speed}\n`)
  }
  const at = (packets: number) =>
    parseInterfaceCounters(
      ['lo', 'eth0', 'eth1', 'eth2', 'tun0'].map((name) => line(name, packets)).join('\n'),
    )
  const network = createNetworkMeter(join(root, 'sys'))(at(0), at(10), 2)
  t.match(network, {
    linkBitsPerSecond: 11e9,
    receivedPacketsPerSecond: 15,
    sentPacketsPerSecond: 30,
    receivedBitsPerSecond: 3 * 4000,
    interfaces: [
      { name: 'lo', linkBitsPerSecond: undefined },
      { name: 'eth0', linkBitsPerSecond: 1e9 },
      { name: 'eth1', linkBitsPerSecond: 10e9 },
      { name: 'eth2', linkBitsPerSecond: undefined },
      { name: 'tun0' },
    ],
  })
  const virtual = createNetworkMeter(join(root, 'sys-without-cards'))(at(0), at(10), 1)
  t.equal(virtual.linkBitsPerSecond, undefined)
})

t.test('tells conntrack, files, relay ports and the disk', async (t) => {
  await write('proc/sys/net/netfilter/nf_conntrack_count', '180\n')
  await write('proc/sys/net/netfilter/nf_conntrack_max', '262144\n')
  await write(
    'proc/self/limits',
    'Max processes 1 1 p\nMax open files            20000  20000  files\n',
  )
  await write('proc/self/fd/0', '')
  await write('proc/self/fd/1', '')
  const read = createSlowFacts(join(root, 'proc'), {
    dataDir: root,
    ports: { single: [8443], relays: { min: 49152, max: 49251 } },
    relayPortsUsed: () => 12,
  })
  const facts = await read()
  t.match(facts, {
    conntrack: { count: 180, max: 262_144 },
    files: { open: 2, max: 20_000 },
    relayPorts: { used: 12, total: 100 },
  })
  const { totalBytes = 0, freeBytes = 0 } = facts.disk ?? {}
  t.ok(freeBytes > 0 && freeBytes < totalBytes)
})

t.test('where the system hides everything, nothing is told and nothing breaks', async (t) => {
  const facts = await createSlowFacts(join(root, 'nowhere'), { dataDir: join(root, 'nowhere') })()
  t.match(facts, { conntrack: undefined, files: { open: 0, max: 0 }, socketDrops: [] })
  t.equal(facts.disk, undefined)
  t.equal(facts.relayPorts.total, 0)
  t.equal(readKernelCounters(join(root, 'nowhere')).udpReceived, 0)
})

t.test('tells steal and softirq apart for each core, and reads slow facts seldom', async (t) => {
  let nowMs = 0
  let asked = 0
  const stat = (core: string) => `cpu  0 0 0 0 0 0 0 0\n${core}`
  const stats = createSystemStats({
    procRoot: join(root, 'proc'),
    sysRoot: join(root, 'sys'),
    now: () => ({ atMs: nowMs, monotonicMs: nowMs }),
    memory: async () => ({ totalBytes: 1, usedBytes: 1 }),
    loadAverage1m: async () => 0,
    own: { ports: { single: [], relays: { min: 1, max: 9 } }, relayPortsUsed: () => ++asked },
    processes: () => [{ kind: 'main', pid: 7 }],
  })
  await write('proc/net/dev', '')
  await write('proc/7/stat', processStat(0, 1, 1))
  await write('proc/stat', stat('cpu0 0 0 0 0 0 0 0 0 0 0\n'))
  await stats.sample()
  await write('proc/stat', stat('cpu0 10 0 10 60 0 0 15 5 0 0\n'))
  nowMs = 1000
  const { cpu, processes } = await stats.sample()
  t.same(cpu.cores, [{ busyPercent: 40, stealPercent: 5, softirqPercent: 15 }])
  t.match(processes, [{ kind: 'main', pid: 7 }])
  for (nowMs = 2000; nowMs <= 10_000; nowMs += 1000) await stats.sample()
  t.equal(asked, 3, 'at 0, 5 and 10 seconds')
})
