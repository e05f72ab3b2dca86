import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import t from 'tap'
import { closed, plainly, secure } from '../../scripts/test/raw-sockets.ts'
import { encodeChannelData, parseChannelData } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { encodeRequest } from '../test/encode-request.ts'
import { startOurEngine } from '../test/our-engine.ts'
import { encodeProxyHeader } from '../test/proxy-header.ts'
import { TcpClient } from '../test/tcp-client.ts'
import { makeCertificate } from '../test/test-certificate.ts'
import { channel, first, relayed, start } from '../test/tls-server.ts'

const loopback = { ip: '127.0.0.1', port: 0 }
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

function nameOf(socket: TLSSocket): string {
  return `${socket.getPeerCertificate().subject.CN}`
}

async function payload(client: TcpClient): Promise<string> {
  const parsed = parseChannelData(await client.nextBytes())
  return parsed.ok ? Buffer.from(parsed.value.payload).toString() : parsed.fault
}

t.test('shakes hands once: a client cannot make it work by asking again', async (t) => {
  const { port } = await start(t)
  const client = await secure(t, port, { maxVersion: 'TLSv1.2' })
  const refused = await new Promise((resolve) => {
    client.once('error', resolve)
    client.renegotiate({ rejectUnauthorized: false }, resolve)
  })
  t.match(refused, { code: 'ERR_SSL_NO_RENEGOTIATION' })
})
