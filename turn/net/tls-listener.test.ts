import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import type { TurnEngineOptions } from '../index.ts'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { xorMappedAddress } from '../protocol/attributes/xor-mapped-address.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import {
  type ChannelNumber,
  encodeChannelData,
  parseChannelData,
} from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { encodeRequest, having } from '../test/encode-request.ts'
import { startOurEngine } from '../test/our-engine.ts'
import { encodeProxyHeader } from '../test/proxy-header.ts'
import { closed, plainly, secure } from '../test/raw-sockets.ts'
import { TcpClient } from '../test/tcp-client.ts'
import { makeCertificate } from '../test/test-certificate.ts'
import { UdpEndpoint } from '../test/udp-endpoint.ts'

const loopback = { ip: '127.0.0.1', port: 0 }
const channel = 0x4001 as ChannelNumber
const first = await makeCertificate('first')
const second = await makeCertificate('second')

t.test('relays both ways over TLS', async (t) => {
  const { server, port } = await start(t)
  const { client, peer, relayPort } = await relayed(t, server, await secure(t, port))
  t.match(server.engine.stats(), { allocations: 1, byTransport: { tls: 1 } })
  t.match(server.engine.allocations(), [{ client: { transport: 'tls' } }])
  client.socket.write(encodeChannelData(channel, Buffer.from('out'), true))
  t.equal(`${(await peer.next(2000))?.bytes}`, 'out')
  peer.send(Buffer.from('back'), relayPort)
  t.equal(await payload(client), 'back')
  client.socket.end()
  await client.closed
  const after = TcpClient.over(await secure(t, port), server)
  await after.request(methods.binding)
  t.equal(server.engine.stats().allocations, 0)
})

t.test(
  'shows a new certificate to whom comes after, and loses no packet of who is there',
  async (t) => {
    const { server, port } = await start(t)
    const old = await secure(t, port)
    t.equal(nameOf(old), 'first')
    const { client, peer, relayPort } = await relayed(t, server, old)
    const packets = 300
    for (let n = 0; n < packets; n++) {
      client.socket.write(encodeChannelData(channel, Buffer.from(`out ${n}`), true))
      peer.send(Buffer.from(`back ${n}`), relayPort)
      if (n === packets / 2) {
        server.engine.setCertificate(second)
        t.equal(nameOf(await secure(t, port)), 'second')
      }
      t.equal(`${(await peer.next(2000))?.bytes}`, `out ${n}`)
      t.equal(await payload(client), `back ${n}`)
    }
  },
)

t.test(
  'drops packets to a client that does not read, and goes on with it when it does',
  async (t) => {
    const { server, port } = await start(t)
    const { client, peer, relayPort } = await relayed(t, server, await secure(t, port))
    client.socket.pause()
    const packet = Buffer.alloc(1200, 'x')
    while (server.engine.stats().droppedForSlowClients === 0) {
      for (let n = 0; n < 100; n++) peer.send(packet, relayPort)
      await new Promise(setImmediate)
    }
    client.socket.resume()
    t.equal((await payload(client)).length, packet.length)
    const other = TcpClient.over(await secure(t, port), server)
    t.equal((await other.request(methods.binding)).class, 'success')
  },
)

t.test('refuses a certificate that cannot be used, and keeps the one it has', async (t) => {
  const { server, port } = await start(t)
  const bad = { code: 'TURN_BAD_CERTIFICATE' }
  const mixed = { cert: first.cert, key: second.key }
  for (const pair of [mixed, { cert: '', key: '' }, { cert: 'none', key: first.key }]) {
    t.throws(() => server.engine.setCertificate(pair), bad)
    await t.rejects(startOurEngine({ certificate: pair }), bad)
  }
  await t.rejects(startOurEngine({ listen: { udp: [], tcp: [], tls: [loopback] } }), {
    code: 'TURN_BAD_OPTION',
  })
  t.equal(nameOf(await secure(t, port)), 'first')
})

t.test('speaks TLS 1.2 and 1.3 with forward secrecy, and knows itself as stun.turn', async (t) => {
  const { port } = await start(t)
  const named = await secure(t, port, { ALPNProtocols: ['stun.turn'] })
  t.equal(named.alpnProtocol, 'stun.turn')
  t.equal((await secure(t, port)).alpnProtocol, false, 'most clients give no name')
  t.equal((await secure(t, port, { maxVersion: 'TLSv1.2' })).getProtocol(), 'TLSv1.2')
  const refused: ConnectionOptions[] = [
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    { maxVersion: 'TLSv1.2', ciphers: 'kRSA' },
    { ALPNProtocols: ['h2'] },
  ]
  for (const options of refused) await t.rejects(secure(t, port, options))
})

t.test('cuts who is slow, at every step of becoming a client', async (t) => {
  const tcpLimits = { handshakeMs: 150, idleMs: 150 }
  const { server, port } = await start(t, { tcpLimits, proxyProtocolFrom: ['127.0.0.9'] })
  const binding = encodeRequest(methods.binding, [])
  const plain = async (port: number, bytes: Uint8Array, from = '127.0.0.1') => {
    const socket = await plainly(t, port, from)
    socket.write(bytes)
    return socket
  }
  const tls = async (bytes: Uint8Array) => {
    const socket = await secure(t, port)
    socket.write(bytes)
    return socket
  }
  const nothing = Buffer.alloc(0)
  const hello = Buffer.from('160301020001', 'hex')
  const header = encodeProxyHeader('local')
  const steps: Record<string, Socket> = {
    'nothing on TLS': await plain(port, nothing),
    'half a ClientHello': await plain(port, hello),
    'nothing after the handshake': await tls(nothing),
    'half a STUN header over TLS': await tls(binding.subarray(0, 10)),
    'half a STUN header over TCP': await plain(server.tcpPort, binding.subarray(0, 10)),
    'half a message': await tls(Buffer.concat([binding, binding.subarray(0, 19)])),
    'half a PROXY header': await plain(server.tcpPort, header.subarray(0, 10), '127.0.0.9'),
    'no PROXY header on TLS': await plain(port, nothing, '127.0.0.9'),
  }
  for (const [name, socket] of Object.entries(steps)) {
    await closed(socket)
    t.pass(name)
  }
})

t.test('cuts a handshake that goes on byte by byte', async (t) => {
  const { port } = await start(t, { tcpLimits: { handshakeMs: 200 } })
  const socket = await plainly(t, port)
  const bytes = Buffer.from('1603010200010001fc0303', 'hex')
  let sent = 0
  const drip = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 25)
  await closed(socket)
  clearInterval(drip)
  t.ok(sent < bytes.length, `${sent} bytes came through`)
})

t.test(
  'cuts the oldest handshake when there are too many, so that others come through',
  async (t) => {
    const { server, port } = await start(t, { tcpLimits: { halfOpen: 3 } })
    const silent = [await plainly(t, port), await plainly(t, port), await plainly(t, port)]
    const client = TcpClient.over(await secure(t, port), server)
    t.equal((await client.request(methods.binding)).class, 'success')
    await closed(silent[0] ?? client.socket)
    t.same(
      silent.map(({ closed }) => closed),
      [true, false, false],
    )
  },
)

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
    const socket = await proxied(port, encodeProxyHeader(ends(2001, '192.0.2.9')))
    const { client } = await relayed(t, server, await secure(t, port, { socket }))
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

async function start(t: Test, options: Partial<TurnEngineOptions> = {}) {
  const server = await startOurEngine({
    listen: { udp: [loopback], tcp: [loopback], tls: [loopback] },
    certificate: first,
    ...options,
  })
  t.teardown(() => server.close())
  const at = server.engine.listening().find(({ transport }) => transport === 'tls')
  return { server, port: at?.port ?? 0 }
}

function nameOf(socket: TLSSocket): string {
  return `${socket.getPeerCertificate().subject.CN}`
}

/** A client with an allocation and a channel to a peer. */
async function relayed(
  t: Test,
  server: Readonly<{ username: string; password: string }>,
  socket: Socket,
) {
  const client = TcpClient.over(socket, server)
  const peer = await UdpEndpoint.open()
  t.teardown(() => peer.close())
  const relayPort = await client.allocate()
  await client.request(
    methods.channelBind,
    having(channelNumber, channel),
    having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port: peer.port }),
  )
  return { client, peer, relayPort }
}

async function payload(client: TcpClient): Promise<string> {
  const parsed = parseChannelData(await client.nextBytes())
  return parsed.ok ? Buffer.from(parsed.value.payload).toString() : parsed.fault
}

function mappedIp(answer: Parameters<typeof readAttributes>[0]): string | undefined {
  const read = readAttributes(answer, { mapped: xorMappedAddress })
  return read.ok ? read.value.mapped?.ip : undefined
}
