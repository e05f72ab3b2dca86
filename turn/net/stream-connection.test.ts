import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import type { FiveTuple } from '../protocol/transport-address.ts'
import { StreamConnection } from './stream-connection.ts'

const fiveTuple: FiveTuple = {
  transport: 'tcp',
  client: { family: 4, ip: '127.0.0.1', port: 7 },
  server: { family: 4, ip: '127.0.0.1', port: 3478 },
}

t.test('drops messages to a client that does not read instead of collecting them', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const client = connect(typeof bound === 'object' && bound ? bound.port : 0, '127.0.0.1')
  const [socket]: Socket[] = await once(server, 'connection')
  t.teardown(() => {
    client.destroy()
    server.close()
  })
  if (!socket) throw new Error('no connection')
  let dropped = 0
  const connection = new StreamConnection(socket, fiveTuple, {
    onMessage: () => undefined,
    onClose: () => undefined,
    onDropped: () => {
      dropped++
    },
  })
  const message = Buffer.alloc(64 * 1024)
  for (let i = 0; i < 400; i++) connection.send(message)
  t.ok(dropped > 0)
  t.ok(socket.writableLength <= 256 * 1024 + message.length, `${socket.writableLength} queued`)
  connection.destroy()
  await once(socket, 'close')
  connection.send(message)
  t.equal(socket.writableLength <= 256 * 1024 + message.length, true, 'nothing after the end')
})
