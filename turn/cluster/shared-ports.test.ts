import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { takeOverUdpSocket } from '../net/udp-socket.ts'
import { createSocketMaker } from './shareable-sockets.ts'
import { claimPort, SharedUdpPorts } from './shared-ports.ts'

const maker = createSocketMaker()
const skip = maker ? false : 'this Node has no node:ffi'

async function plainSocket(port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind({ port, address: '127.0.0.1', exclusive: true })
  await once(socket, 'listening')
  return socket
}

t.test('claims a port that is free and refuses one in use, by name', async (t) => {
  const held = await plainSocket(0)
  const tcp = createServer().listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  t.teardown(() => {
    held.close()
    tcp.close()
  })
  const bound = tcp.address()
  const tcpPort = typeof bound === 'object' && bound ? bound.port : 0
  const inUse = { code: 'TURN_PORT_IN_USE' }
  await t.rejects(claimPort('udp', { ip: '127.0.0.1', port: held.address().port }), inUse)
  await t.rejects(claimPort('tls', { ip: '127.0.0.1', port: tcpPort }), inUse)
  await t.rejects(claimPort('udp', { ip: 'localhost', port: 0 }), { code: 'TURN_BAD_OPTION' })
  const free = await claimPort('udp', { ip: '127.0.0.1', port: 0 })
  t.ok(free.port > 0)
  t.ok((await claimPort('tcp', { ip: '::1', port: 0 })).port > 0)
})

t.test(
  'binds one socket for each worker on each address, both IP versions',
  { skip },
  async (t) => {
    if (!maker) return
    const ports = [
      await claimPort('udp', { ip: '127.0.0.1', port: 0 }),
      await claimPort('udp', { ip: '::1', port: 0 }),
    ]
    const shared = SharedUdpPorts.open(maker, ports, 2)
    t.match(shared.of(0), ports)
    t.match(shared.of(1), ports)
    const fds = [...shared.of(0), ...shared.of(1)].map(({ fd }) => fd)
    t.equal(new Set(fds).size, 4)
    const [first] = ports
    await t.rejects(plainSocket(first?.port ?? 0), { code: 'EADDRINUSE' })
    shared.close()
    const successor = await plainSocket(first?.port ?? 0)
    successor.close()
  },
)

t.test('lets go of all when one cannot be bound', { skip }, async (t) => {
  if (!maker) return
  const held = await plainSocket(0)
  const free = await claimPort('udp', { ip: '127.0.0.1', port: 0 })
  const taken = { ip: '127.0.0.1', port: held.address().port }
  t.throws(() => SharedUdpPorts.open(maker, [free, taken], 2), { code: 'TURN_PORT_IN_USE' })
  held.close()
  const successor = await plainSocket(free.port)
  successor.close()
})

t.test('makes sockets that Node can receive by', { skip }, async (t) => {
  if (!maker) return
  const at = await claimPort('udp', { ip: '127.0.0.1', port: 0 })
  // The descriptor is the socket's from here on and closes with it.
  const { fd } = maker.bindShareable(at)
  const socket = createSocket('udp4')
  await takeOverUdpSocket(socket, fd)
  const client = await plainSocket(0)
  const arrived = once(socket, 'message')
  client.send('hello', at.port, at.ip)
  t.equal(String((await arrived)[0]), 'hello')
  client.close()
  socket.close()
})
