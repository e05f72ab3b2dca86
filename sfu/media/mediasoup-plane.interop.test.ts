import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import process from 'node:process'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { mediaPlaneContract } from './media-plane-contract.ts'
import { createMediaPlane, type MediaPlaneOptions } from './mediasoup-plane.ts'

t.setTimeout(60_000)

const silent = { info() {}, warn() {}, error() {} }
const options: MediaPlaneOptions = {
  workers: 1,
  ports: [{ udp: 0, tcp: 0 }],
  listen: [{ ip: '127.0.0.1' }],
  log: silent,
}
const skip = needs('worker')

t.test('mediasoup', { skip }, async (t) => {
  mediaPlaneContract(t, async () => {
    const plane = createMediaPlane(options)
    await plane.start()
    return { plane, killWorker: () => process.kill(plane.stats().workers[0]?.pid ?? 0, 'SIGKILL') }
  })
})

t.test('a Ctrl-C in the terminal does not reach the workers', { skip }, async (t) => {
  const plane = createMediaPlane({ ...options, workers: 2, ports: [] })
  t.teardown(() => plane.close())
  await plane.start()
  const pids = plane.stats().workers.map(({ pid }) => pid)
  const sessions = await Promise.all([process.pid, ...pids].map(sessionOf))
  t.equal(new Set(sessions).size, 3, 'each is in a session of its own')
})

t.test('strangers fill a worker with connections up to a limit', { skip }, async (t) => {
  const plane = createMediaPlane(options)
  t.teardown(() => plane.close())
  await plane.start()
  const limits = await readFile(`/proc/${plane.stats().workers[0]?.pid}/limits`, 'utf8')
  const most = Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1])
  t.ok(most <= 8_192, `${most} open files`)
})

/** The session that a process is in (proc_pid_stat(5), field 6). */
async function sessionOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.replace(/^.*\) /, '').split(' ')[3]
}

t.test(
  'a killed worker comes back on its ports, the others keep their rooms',
  { skip },
  async (t) => {
    const died = Promise.withResolvers<void>()
    const restarted = Promise.withResolvers<void>()
    let starts = 0
    const log = {
      info(_: unknown, message: string) {
        if (message === 'media worker started') starts += 1
        if (starts === 3) restarted.resolve()
      },
      warn() {},
      error(_: unknown, message: string) {
        if (message === 'media worker died') died.resolve()
      },
    }
    const ports = [
      { udp: 0, tcp: 0 },
      { udp: 0, tcp: 0 },
    ]
    const plane = createMediaPlane({ ...options, workers: 2, ports, log })
    t.teardown(() => plane.close())
    await plane.start()
    const before = plane.listening()
    const [one, two] = [await plane.openRoom('one'), await plane.openRoom('two')]
    t.match(plane.stats().workers, [{ rooms: 1 }, { rooms: 1 }], 'rooms are spread')
    const told: string[] = []
    one.onEvent(({ type }) => told.push(type))
    two.onEvent(({ type }) => told.push(type))

    process.kill(plane.stats().workers[0]?.pid ?? 0, 'SIGKILL')
    await died.promise
    t.match(plane.stats(), { workers: [{ alive: false, rooms: 0 }, { alive: true }], deaths: 1 })
    t.strictSame(told, ['mediaWorkerDied'])
    t.ok(one.closed)
    t.notOk(two.closed)
    const meanwhile = await plane.openRoom('meanwhile')
    t.match(plane.stats().workers, [{ rooms: 0 }, { rooms: 2 }])

    await restarted.promise
    t.strictSame(plane.listening(), before)
    await plane.openRoom('three')
    t.match(plane.stats().workers, [{ alive: true, rooms: 1 }, { rooms: 2 }])
    meanwhile.close()
  },
)

t.test('a port in use is told with the option to change', { skip }, async (t) => {
  const udp = createSocket('udp4').bind(0, '127.0.0.1')
  await once(udp, 'listening')
  const tcp = createServer().listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  t.teardown(() => {
    udp.close()
    tcp.close()
  })
  const tcpAddress = tcp.address()
  const tcpPort = typeof tcpAddress === 'object' && tcpAddress ? tcpAddress.port : 0
  const taken = [
    { ports: { udp: udp.address().port, tcp: 0 }, option: 'rtc.udp_port' },
    { ports: { udp: 0, tcp: tcpPort }, option: 'rtc.tcp_port' },
  ]
  for (const { ports, option } of taken) {
    const plane = createMediaPlane({ ...options, ports: [ports] })
    await t.rejects(plane.start(), {
      code: 'MEDIA_PORT_IN_USE',
      message: new RegExp(String(Math.max(ports.udp, ports.tcp))),
      fix: new RegExp(option),
    })
  }
  const second = [
    { udp: 0, tcp: 0 },
    { udp: udp.address().port, tcp: 0 },
  ]
  const plane = createMediaPlane({ ...options, workers: 2, ports: second })
  await t.rejects(plane.start(), { code: 'MEDIA_PORT_IN_USE', fix: /set rtc\.workers to 1$/ })
  t.match(plane.stats().workers, [{ alive: false }, { alive: false }], 'the other worker is ended')
})

t.test('an address of another machine is told', { skip }, async (t) => {
  const plane = createMediaPlane({ ...options, listen: [{ ip: '192.0.2.1' }] })
  await t.rejects(plane.start(), { code: 'MEDIA_ADDRESS_UNUSABLE' })
})

t.test('a worker program that is missing or does not start is told with its remedy', async (t) => {
  for (const bin of ['/nonexistent/mediasoup-worker', '/bin/false']) {
    const plane = createMediaPlane({ ...options, workerBin: bin })
    await t.rejects(plane.start(), { code: 'MEDIA_WORKER_UNUSABLE', fix: /npm run build:worker/ })
  }
})

t.test(
  'signals are left to the process: calls are drained before workers end',
  { skip },
  async (t) => {
    const before = process.listenerCount('SIGTERM')
    const plane = createMediaPlane(options)
    await plane.start()
    t.equal(process.listenerCount('SIGTERM'), before)
    await plane.close()
  },
)

t.test('clients are told each address, and the announced one first', { skip }, async (t) => {
  const announced = { ip: '127.0.0.1', announcedAddress: '203.0.113.5', exposeInternalIp: true }
  const plane = createMediaPlane({ ...options, listen: [announced, { ip: '::1' }] })
  t.teardown(() => plane.close())
  await plane.start()
  const room = await plane.openRoom('a')
  const transport = await room.openTransport({ direction: 'send' })
  const { iceCandidates } = transport.description
  for (const protocol of ['udp', 'tcp']) {
    const told = iceCandidates.filter((candidate) => candidate.protocol === protocol)
    const addresses = told.map(({ address }) => address)
    t.strictSame(addresses.toSorted(), ['127.0.0.1', '203.0.113.5', '::1'])
    const priorities = new Map(told.map(({ address, priority }) => [address, priority]))
    t.ok((priorities.get('203.0.113.5') ?? 0) >= (priorities.get('127.0.0.1') ?? 0))
  }
  const priorityOf = (protocol: string) =>
    Math.min(...iceCandidates.filter((one) => one.protocol === protocol).map((one) => one.priority))
  t.ok(priorityOf('udp') > priorityOf('tcp'), 'UDP is preferred')
})

t.test(
  'clients are told the port that a router maps, with the announced address only',
  { skip },
  async (t) => {
    const listen = {
      ip: '127.0.0.1',
      announcedAddress: '203.0.113.5',
      exposeInternalIp: true,
      announcedPort: 40_000,
    }
    const plane = createMediaPlane({ ...options, listen: [listen] })
    t.teardown(() => plane.close())
    await plane.start()
    const [real] = plane.listening()
    const room = await plane.openRoom('a')
    const { description } = await room.openTransport({ direction: 'receive' })
    const ports = (address: string) =>
      description.iceCandidates.filter((one) => one.address === address).map(({ port }) => port)
    t.strictSame(ports('203.0.113.5'), [40_000, 40_000])
    t.strictSame(ports('127.0.0.1').toSorted(), [real?.udp, real?.tcp].toSorted())
  },
)
