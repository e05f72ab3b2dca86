import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { FakeClock } from '../room/test/fake-clock.ts'
import { silentLog } from '../room/test/fake-room.ts'
import type { Connection } from './connection.ts'
import { defaultConnectionLimits } from './connection.ts'
import { type WebSocketDoor, WebSocketServer } from './websocket-server.ts'

t.test('hands on binary messages in order and sends back', async (t) => {
  const { client, connection } = await connect(t)
  const echoed = message(client)
  client.send(Uint8Array.of(1, 2))
  t.same([...(await echoed)], [1, 2])
  connection.close(1000, 'done')
  t.equal(await closed(client), 1000)
})

t.test('refuses before the upgrade, with the status and reason of its door', async (t) => {
  const { url } = await listen(t, {
    authorize: async () => ({ ok: false, fault: { status: 403, message: 'full' } }),
    open: () => t.fail('opened'),
  } as unknown as WebSocketDoor<undefined>)
  const client = new WebSocket(url)
  const refusal = await new Promise<string>((resolve) => {
    client.on('unexpected-response', (_request, response) => {
      response.setEncoding('utf8').once('data', (body: string) => {
        resolve(`${response.statusCode} ${response.headers['access-control-allow-origin']} ${body}`)
      })
    })
  })
  t.equal(refusal, '403 * full')
})

t.test('closes a client that sends text, too much at once or too large a frame', async (t) => {
  const textual = await connect(t)
  textual.client.send('text')
  t.equal(await closed(textual.client), 1003)
  const hasty = await connect(t, { messages: { perSecond: 1, burst: 2 } })
  for (let count = 0; count < 3; count += 1) hasty.client.send(Uint8Array.of(count))
  t.equal(await closed(hasty.client), 1008)
  const greedy = await connect(t, { bytes: { perSecond: 1, burst: 5 } })
  for (let count = 0; count < 2; count += 1) greedy.client.send(new Uint8Array(3))
  t.equal(await closed(greedy.client), 1008)
  const large = await connect(t)
  large.client.send(new Uint8Array(2 * 1024 * 1024 + 1))
  t.equal(await closed(large.client), 1009)
})

t.test('a bug while dealing with a message closes that client only', async (t) => {
  const { client, door } = await connect(t)
  const other = await connectTo(t, door)
  client.send(Uint8Array.of(0xbb))
  t.equal(await closed(client), 1011)
  const echoed = message(other)
  other.send(Uint8Array.of(7))
  t.same([...(await echoed)], [7])
})

t.test('pings, and gives up a client that is silent for 15 s', async (t) => {
  const { client, clock, gone } = await connect(t)
  const pinged = new Promise((resolve) => client.once('ping', resolve))
  await clock.advance(5_000)
  await pinged
  client.pause()
  await clock.advance(20_000)
  await gone
  t.pass('it is told that the client is gone')
  client.terminate()
})

t.test('cuts off a client that does not take what is sent', async (t) => {
  const { client, connection, gone } = await connect(t, { unsentBytes: 1_000_000 })
  client.pause()
  for (let count = 0; count < 100; count += 1) connection.send(new Uint8Array(500_000))
  await gone
  t.pass('it is told that the client is gone')
  client.terminate()
})

type Served = Readonly<{ url: string; clock: FakeClock }>

async function listen(
  t: Test,
  door: WebSocketDoor<undefined>,
  limits: Partial<typeof defaultConnectionLimits> = {},
): Promise<Served> {
  const clock = new FakeClock()
  const webSockets = new WebSocketServer({
    clock,
    log: silentLog,
    limits: { ...defaultConnectionLimits, ...limits },
    refusalHeaders: { 'access-control-allow-origin': '*' },
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    webSockets.upgrade(door, url, { request, socket, head }).catch(t.fail)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}/`, clock }
}

/** A client of a door that echoes, and fails on the byte 0xbb. */
async function connect(t: Test, limits: Partial<typeof defaultConnectionLimits> = {}) {
  const opened = Promise.withResolvers<Connection>()
  const ended = Promise.withResolvers<void>()
  const echo: WebSocketDoor<undefined> = {
    authorize: async () => ({ ok: true, value: undefined }),
    open: (_ticket, connection) => {
      opened.resolve(connection)
      return {
        received: async (bytes) => {
          if (bytes[0] === 0xbb) throw new Error('a bug')
          connection.send(bytes)
        },
        closed: () => ended.resolve(),
      }
    },
  }
  const door = await listen(t, echo, limits)
  const client = await connectTo(t, door)
  return { client, door, clock: door.clock, connection: await opened.promise, gone: ended.promise }
}

async function connectTo(t: Test, { url }: Served): Promise<WebSocket> {
  const client = new WebSocket(url)
  t.teardown(() => client.terminate())
  await new Promise((resolve) => client.once('open', resolve))
  return client
}

function message(client: WebSocket): Promise<Buffer> {
  return new Promise((resolve) => client.once('message', resolve))
}

function closed(client: WebSocket): Promise<number> {
  return new Promise((resolve) => client.once('close', resolve))
}
