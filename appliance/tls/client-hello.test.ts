import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { connect } from 'node:tls'
import fc from 'fast-check'
import t from 'tap'
import { parseClientHello } from './client-hello.ts'

/** The first bytes that Node's TLS client sends. */
async function realHello(options: object): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  client.on('error', () => undefined)
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

t.test('reads the server name and the protocols of a real client', async (t) => {
  const hello = await realHello({ servername: 'calls.example.org', ALPNProtocols: ['acme-tls/1'] })
  t.same(parseClientHello(hello), { serverName: 'calls.example.org', protocols: ['acme-tls/1'] })
  const many = await realHello({ ALPNProtocols: ['h2', 'http/1.1'] })
  t.same(parseClientHello(many), { serverName: '', protocols: ['h2', 'http/1.1'] })
  const old = await realHello({ maxVersion: 'TLSv1.2', servername: 'a.example' })
  t.same(parseClientHello(old), { serverName: 'a.example', protocols: [] })
})

t.test('waits for the rest, however the bytes and the records are cut', async (t) => {
  const hello = await realHello({ servername: 'calls.example.org', ALPNProtocols: ['acme-tls/1'] })
  for (let length = 0; length < hello.length; length += 1) {
    if (parseClientHello(hello.subarray(0, length)) !== 'more') t.fail(`${length} bytes`)
  }
  const body = hello.subarray(5)
  const record = (part: Buffer) => {
    const head = Buffer.from([22, 3, 1, 0, 0])
    head.writeUInt16BE(part.length, 3)
    return Buffer.concat([head, part])
  }
  const cut = Buffer.concat([record(body.subarray(0, 3)), record(body.subarray(3))])
  t.match(parseClientHello(cut), { serverName: 'calls.example.org' })
})

t.test('leaves what is no ClientHello to the TLS library', async (t) => {
  t.equal(parseClientHello(Buffer.from('GET / HTTP/1.1\r\n')), 'other')
  t.equal(parseClientHello(Buffer.of(22, 3, 1, 0, 4, 2, 0, 0, 0)), 'other', 'a ServerHello')
  const endless = Buffer.concat([
    Buffer.of(22, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xff),
    Buffer.alloc(20_000),
  ])
  t.equal(parseClientHello(endless), 'other', 'longer than any client needs')
  const short = Buffer.of(22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3)
  t.equal(parseClientHello(short), 'other', 'its parts end early')
})

t.test('property: no bytes crash it', async (t) => {
  const hello = await realHello({ servername: 'calls.example.org', ALPNProtocols: ['acme-tls/1'] })
  const damage = fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 6 })
  fc.assert(
    fc.property(damage, fc.uint8Array(), (changes, tail) => {
      const bytes = Buffer.concat([hello, tail])
      for (const [at, value] of changes) bytes[at] = value
      parseClientHello(bytes)
    }),
  )
  t.pass('none did')
})
