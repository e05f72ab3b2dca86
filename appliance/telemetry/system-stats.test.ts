import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { missingKernelSettings, readKernelFacts } from './kernel.ts'
import { parseCpuTicks, parseInterfaceCounters, parseSnmpCounter } from './proc.ts'
import { createSystemStats } from './system-stats.ts'

const folder = await mkdtemp(join(tmpdir(), 'callbox-stats-'))
t.teardown(() => rm(folder, { recursive: true }))

async function write(path: string, text: string) {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

const stat = (user: number, idle: number) =>
  `cpu  ${user} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 ${user} 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 ${idle} 0 0 0 0 0 0\nintr 5\n`

const dev = (...lines: string[]) =>
  ['Inter-|   Receive   |  Transmit', ' face |bytes packets|bytes packets', ...lines].join('\n')

const line = (name: string, received: number, sent: number) =>
  `  ${name}: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0`

const SNMP = `Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
Udp: 100 2 30 99 28
UdpLite: InDatagrams RcvbufErrors
UdpLite: 0 7
`

function recorded() {
  let atMs = 0
  const stats = createSystemStats({
    procRoot: join(folder, 'proc'),
    sysRoot: join(folder, 'sys'),
    now: () => ({ atMs, monotonicMs: atMs }),
    memory: async () => ({ totalBytes: 100, usedBytes: 40 }),
    loadAverage1m: async () => 1.5,
  })
  return {
    stats,
    async at(ms: number, files: { stat?: string; dev?: string }) {
      atMs = ms
      if (files.stat !== undefined) await write('proc/stat', files.stat)
      if (files.dev !== undefined) await write('proc/net/dev', files.dev)
      return stats.sample()
    },
  }
}

t.beforeEach(async () => {
  await rm(folder, { recursive: true })
  await write('proc/net/snmp', SNMP)
  await write('proc/stat', stat(0, 0))
  await write('proc/net/dev', dev())
  await write('proc/sys/net/core/rmem_max', '212992\n')
})

t.test('tells the load of the time between two samples, total and per core', async (t) => {
  const { at } = recorded()
  t.match(await at(1000, { stat: stat(100, 100) }), { cpu: { totalPercent: 0 } })
  t.match(await at(2000, { stat: stat(125, 175) }), {
    atMs: 2000,
    cpu: { totalPercent: 25, perCorePercent: [100, 0], loadAverage1m: 1.5 },
    memory: { totalBytes: 100, usedBytes: 40, processRssBytes: Number },
  })
})

t.test('tells bits a second per interface; the total counts cards, never loopback', async (t) => {
  const { at } = recorded()
  await write('sys/class/net/eth0/device', '')
  const first = dev(line('lo', 0, 0), line('eth0', 1000, 500), line('docker0', 0, 0))
  await at(0, { dev: first })
  const second = dev(line('lo', 9, 9), line('eth0', 2000, 700), line('docker0', 300, 300))
  const { network } = await at(2000, { dev: second })
  t.match(network, { receivedBitsPerSecond: 4000, sentBitsPerSecond: 800 })
  t.match(network.interfaces[2], { name: 'docker0', receivedBitsPerSecond: 1200 })
})

t.test(
  'counts every interface but loopback where there is no card, as in a container',
  async (t) => {
    const { at } = recorded()
    await at(0, { dev: dev(line('lo', 0, 0), line('veth1', 0, 0)) })
    const { network } = await at(1000, { dev: dev(line('lo', 8, 8), line('veth1', 125, 250)) })
    t.match(network, { receivedBitsPerSecond: 1000, sentBitsPerSecond: 2000 })
  },
)

t.test('gives no negative rate for an interface that was created anew', async (t) => {
  const { at } = recorded()
  await at(0, { dev: dev(line('tun0', 5000, 5000)) })
  const { network } = await at(1000, { dev: dev(line('tun0', 10, 10), line('tun1', 99, 99)) })
  t.match(network, { receivedBitsPerSecond: 0, sentBitsPerSecond: 0 })
})

t.test('reads the kernel facts and names the settings that are too small', async (t) => {
  await write('proc/sys/net/core/wmem_max', '16777216\n')
  const facts = readKernelFacts(join(folder, 'proc'))
  t.same(facts, {
    udpReceiveBufferErrors: 28,
    rmemMaxBytes: 212992,
    wmemMaxBytes: 16777216,
    optmemMaxBytes: 0,
  })
  t.same(missingKernelSettings(facts), ['net.core.rmem_max=16777216'])
})

t.test('parses texts of other kernels without harm', async (t) => {
  t.same(parseCpuTicks(''), [])
  t.same(parseCpuTicks('cpu 1 1 1 1'), [{ busy: 3, softirq: 0, steal: 0, total: 4 }])
  t.match(parseInterfaceCounters('a:1\nnothing here'), [
    { name: 'a', receivedBytes: 1, sentBytes: 0 },
  ])
  t.equal(parseSnmpCounter(SNMP, 'Udp', 'SndbufErrors'), 0)
  t.equal(parseSnmpCounter('', 'Udp', 'RcvbufErrors'), 0)
})

t.test('samples the real machine by itself without starting a process', async (t) => {
  let processes = 0
  const count = () => {
    processes += 1
  }
  subscribe('child_process', count)
  t.teardown(() => unsubscribe('child_process', count))
  const failures: unknown[] = []
  const stats = createSystemStats({ intervalMs: 5, onError: (error) => failures.push(error) })
  t.teardown(() => stats.stop())
  await stats.start()
  const stay = setInterval(() => undefined, 1000)
  await new Promise<void>((resolve) => {
    let samples = 0
    const off = stats.onSample(() => {
      samples += 1
      if (samples < 5) return
      off()
      resolve()
    })
  })
  clearInterval(stay)
  const { cpu, memory, network } = stats.latest()
  t.ok(cpu.perCorePercent.length > 0)
  t.ok(memory.usedBytes > 0 && memory.usedBytes < memory.totalBytes)
  t.ok(network.interfaces.some(({ name }) => name === 'lo'))
  t.equal(processes, 0)
  t.same(failures, [])
})

t.test('reports a failed sample and keeps the last good one', async (t) => {
  const failed = Promise.withResolvers<unknown>()
  const stats = createSystemStats({
    procRoot: join(folder, 'proc'),
    intervalMs: 5,
    onError: failed.resolve,
  })
  t.teardown(() => stats.stop())
  await stats.start()
  const good = stats.latest()
  const stay = setInterval(() => undefined, 1000)
  await rm(join(folder, 'proc'), { recursive: true })
  t.match(await failed.promise, { code: 'ENOENT' })
  clearInterval(stay)
  t.ok(stats.latest().atMs >= good.atMs)
})
