import { once } from 'node:events'
import { connect as connectPlain, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import t, { type Test } from 'tap'
import { closed, plainly, secure } from '../../scripts/test/raw-sockets.ts'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { methods } from '../protocol/methods.ts'
import { encodeRequest } from '../test/encode-request.ts'
import { encodeProxyHeader } from '../test/proxy-header.ts'
import { TcpClient } from '../test/tcp-client.ts'
import { relayed, start } from '../test/tls-server.ts'

t.test('believes listed proxies about their clients, and them alone', async (t) => {
  const { server, port } = await start(t, {
    proxyProtocolFrom: ['127.0.0.9'],
    tcpLimits: { connectionsPerIp: 1 },
  })
  const ends = (port: number, ip = '192.0.2.7') => ({
    source: { family: 4, ip, port } as const,
    destination: { family: 4, ip: '198.51.100.1', port: 5349 } as const,
  })
  const proxied = async (at: number, header: Uint8Array) => {
    const socket = await plainly(t, at, '127.0.0.9')
    socket.write(header)
    return socket
  }
  await t.test('on TCP, with the first message in the same packet', async (t) => {
    const binding = encodeRequest(methods.binding, [])
    const bytes = Buffer.concat([encodeProxyHeader(ends(1001)), binding])
    const socket = await proxied(server.tcpPort, bytes.subarray(0, 20))
    socket.write(bytes.subarray(20))
    const client = TcpClient.over(socket, server)
    const answer = await client.request(methods.binding)
    t.equal(mappedIp(answer), '192.0.2.7')
    const refused = await proxied(server.tcpPort, encodeProxyHeader(ends(1002)))
    await closed(refused)
    t.pass('its limit is that of the client')
    const other = TcpClient.over(
      await proxied(server.tcpPort, encodeProxyHeader(ends(1003, '192.0.2.8'))),
      server,
    )
    t.equal(mappedIp(await other.request(methods.binding)), '192.0.2.8')
  })
  await t.test('on TLS', async (t) => {
    const header = encodeProxyHeader(ends(2001, '192.0.2.9'))
    const proxyPort = await startProxy(t, port, header)
    const { client } = await relayed(t, server, await secure(t, proxyPort))
    t.match(server.engine.allocations(), [{ client: { client: ends(2001, '192.0.2.9').source } }])
    client.socket.destroy()
  })
  await t.test('hangs up on a proxy without a header', async (t) => {
    const socket = await proxied(server.tcpPort, encodeRequest(methods.binding, []))
    await closed(socket)
    t.pass()
  })
  await t.test('takes a health check for what it is', async (t) => {
    const client = TcpClient.over(await proxied(server.tcpPort, encodeProxyHeader('local')), server)
    t.equal(mappedIp(await client.request(methods.binding)), '127.0.0.9')
  })
  await t.test('hangs up on a header from anybody else', async (t) => {
    const socket = await plainly(t, server.tcpPort)
    socket.write(encodeProxyHeader(ends(3001)))
    await closed(socket)
    t.pass()
  })
})

t.test('counts places until a connection is over, and a /64 as one', async (t) => {
  const { server, port } = await start(t, {
    proxyProtocolFrom: ['127.0.0.9'],
    tcpLimits: { connectionsPerIp: 1 },
  })
  for (let n = 0; n < 3; n++) {
    const noTls = await plainly(t, port)
    noTls.write('GET / HTTP/1.1\r\n\r\n')
    await closed(noTls)
    const client = TcpClient.over(await secure(t, port), server)
    await client.request(methods.binding)
    await closed(await plainly(t, port))
    client.socket.end()
    await client.closed
  }
  const from = async (ip: string) => {
    const socket = await plainly(t, server.tcpPort, '127.0.0.9')
    const at = { family: 6, ip, port: 1 } as const
    socket.write(encodeProxyHeader({ source: at, destination: at }))
    return socket
  }
  const first = TcpClient.over(await from('2001:db8::1'), server)
  await first.request(methods.binding)
  await closed(await from('2001:db8::2'))
  const neighbour = TcpClient.over(await from('2001:db8:0:1::1'), server)
  t.equal((await neighbour.request(methods.binding)).class, 'success')
})

t.test('forgets the connection before when a proxy brings the same client again', async (t) => {
  const { server } = await start(t, { proxyProtocolFrom: ['127.0.0.9'] })
  const at = { family: 4, ip: '192.0.2.7', port: 1 } as const
  const again = async () => {
    const socket = await plainly(t, server.tcpPort, '127.0.0.9')
    socket.write(encodeProxyHeader({ source: at, destination: at }))
    return TcpClient.over(socket, server)
  }
  const before = await again()
  await before.allocate()
  const after = await again()
  await after.allocate()
  await before.closed
  t.equal(server.engine.stats().allocations, 1)
})

/** A proxy that puts a header before what its client says, in one packet with it. */
async function startProxy(t: Test, port: number, header: Uint8Array): Promise<number> {
  const proxy = createServer((client) => {
    client.once('data', (first: Uint8Array) => {
      const onward = connectPlain({ host: '127.0.0.1', port, localAddress: '127.0.0.9' })
      t.teardown(() => onward.destroy())
      onward.write(Buffer.concat([header, first]))
      pipeline(client, onward, client, () => onward.destroy())
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => proxy.close())
  const address = proxy.address()
  return typeof address === 'object' && address ? address.port : 0
}

function mappedIp(answer: Parameters<typeof readAttributes>[0]): string | undefined {
  const read = readAttributes(answer, { mapped: xorMappedAddress })
  return read.ok ? read.value.mapped?.ip : undefined
}
