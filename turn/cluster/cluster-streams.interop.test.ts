import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { methods } from '../protocol/methods.ts'
import { allocateAll, killAndWait, openClients, startIn } from '../test/cluster-steps.ts'
import { codeOf } from '../test/contract-client.ts'
import { TcpClient } from '../test/tcp-client.ts'
import { makeCertificate } from '../test/test-certificate.ts'
import { until } from '../test/until.ts'

const loopback = { ip: '127.0.0.1', port: 0 }
const first = await makeCertificate('first')
const second = await makeCertificate('second')

t.setTimeout(60_000)

async function openTls(t: Test, port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: loopback.ip, rejectUnauthorized: false })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

const nameOf = (socket: TLSSocket): string => `${socket.getPeerCertificate().subject.CN}`

t.test('spreads TCP and TLS clients, and shows a new certificate in all workers', async (t) => {
  const server = await startIn(t, {
    listen: { udp: [], tcp: [loopback], tls: [loopback] },
    certificate: first,
  })
  const { cluster } = server
  const portOf = (transport: string) =>
    cluster.listening().find((at) => at.transport === transport)?.port ?? 0
  const clients = await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      if (i % 2 === 0) return TcpClient.open({ ...server, tcpPort: portOf('tcp') })
      return TcpClient.over(await openTls(t, portOf('tls')), server)
    }),
  )
  t.teardown(() => {
    for (const { socket } of clients) socket.destroy()
  })
  for (const client of clients) await client.allocate()
  await until(() => cluster.allocations().length === clients.length)
  const workers = new Set(cluster.allocations().map(({ id }) => id.split('-')[0]))
  t.same([...workers].sort(), ['1.1', '2.1'])
  await until(() => cluster.stats().byTransport.tls === 8)
  t.match(cluster.stats().byTransport, { udp: 0, tcp: 8, tls: 8 })

  cluster.setCertificate(second)
  await killAndWait(cluster, '1.1')
  const names = await Promise.all(
    Array.from({ length: 16 }, async () => nameOf(await openTls(t, portOf('tls')))),
  )
  t.same([...new Set(names)], ['second'])
  t.throws(() => cluster.setCertificate({ cert: 'no', key: 'such' }), {
    code: 'TURN_BAD_CERTIFICATE',
  })
})

t.test('serves streams that the web port hands over, under the same quotas', async (t) => {
  const server = await startIn(t, { limits: { allocationsPerUser: 2 } })
  const { cluster } = server
  const web = createServer((socket: Socket) => {
    const { remoteAddress: ip = '', remotePort: port = 0 } = socket
    cluster.acceptStream(socket, {
      client: { ip, port },
      server: { ip: '127.0.0.1', port: server.tcpPort },
    })
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  t.teardown(() => web.close())
  const at = web.address()
  const tcpPort = typeof at === 'object' && at ? at.port : 0
  const client = await TcpClient.open({ ...server, tcpPort })
  t.teardown(() => client.socket.destroy())
  await client.allocate()
  t.match(cluster.allocations(), [{ id: '0-1', client: { transport: 'tls' } }])
  t.match(cluster.stats(), { allocations: 1, byTransport: { tls: 1 } })

  const [udpClient, oneTooMany] = await openClients(t, server, 2)
  if (!udpClient || !oneTooMany) return
  await allocateAll(cluster, [udpClient])
  await t.rejects(oneTooMany.allocate(), { message: /486/ })
  t.equal(cluster.disconnect('0-1'), true)
  await client.closed
  await until(() => cluster.stats().allocations === 1)
  t.ok(await oneTooMany.allocate())
  t.equal(codeOf(await udpClient.request(methods.refresh)), undefined)
})

t.test('with TCP relays only the first worker listens on streams', async (t) => {
  const { cluster, ...server } = await startIn(t, { tcpRelays: true })
  const clients = await Promise.all(Array.from({ length: 8 }, () => TcpClient.open(server)))
  t.teardown(() => {
    for (const { socket } of clients) socket.destroy()
  })
  for (const client of clients) await client.allocate()
  await until(() => cluster.allocations().length === clients.length)
  t.ok(cluster.allocations().every(({ id }) => id.startsWith('1.1-')))
})
