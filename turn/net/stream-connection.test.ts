import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import t from 'tap'
import type { FiveTuple } from '../protocol/transport-address.ts'
import { makeCertificate } from '../test/test-certificate.ts'
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
    hasAllocation: () => true,
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

t.test('puts each message into a TLS record of its own, also in a burst', async (t) => {
  const server = createTlsServer(await makeCertificate()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  t.teardown(() => {
    client.destroy()
    server.close()
  })
  const [socket]: TLSSocket[] = await once(server, 'secureConnection')
  if (!socket) throw new Error('no connection')
  const connection = new StreamConnection(
    socket,
    { ...fiveTuple, transport: 'tls' },
    {
      onMessage: () => undefined,
      onClose: () => undefined,
      hasAllocation: () => true,
      onDropped: () => undefined,
    },
  )
  const messages = Array.from({ length: 20 }, (_, n) => Buffer.alloc(100 + n, n))
  const records: Buffer[] = []
  // A client's stream tells each record by an event.
  const all = new Promise<void>((resolve) => {
    client.on('data', (record: Buffer) => {
      records.push(record)
      if (Buffer.concat(records).length >= Buffer.concat(messages).length) resolve()
    })
  })
  for (const message of messages) connection.send(message)
  await all
  t.same(
    records.map(({ length }) => length),
    messages.map(({ length }) => length),
  )
})
