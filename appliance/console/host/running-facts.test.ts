import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { askServices, lookAtCertificate } from './running-facts.ts'

async function portOf(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Sends a byte again and again, until nobody wants more. */
function drip(answer: Writable): void {
  const timer = setInterval(() => answer.write(' '), 100)
  for (const event of ['close', 'error']) answer.on(event, () => clearInterval(timer))
}

t.test('waits for no answer and no handshake that never end', async (t) => {
  const answers = createHttpServer((_request, answer) => drip(answer))
  const shakesHands = createServer((socket) => {
    // The head of a record of 16 KiB (RFC 8446, 5.1), and then what is in it, byte by byte.
    socket.write(Buffer.from([22, 3, 3, 0x40, 0]))
    drip(socket)
  })
  const localOrigin = `http://localhost:${await portOf(t, answers)}`
  const [services, certificate] = await Promise.all([
    askServices({ localOrigin, httpsPort: undefined }),
    lookAtCertificate(await portOf(t, shakesHands), 'localhost', Date.now()),
  ])
  t.same(services, { state: 'down', problems: [] })
  t.equal(certificate, undefined)
})
