import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ConnectionOptions } from 'node:tls'
import t from 'tap'
import { WebSocket } from 'ws'
import { TurnClient } from '#turn'
import { closed, plainly, secure } from '../scripts/test/raw-sockets.ts'
import { hasCommand } from '../scripts/test-needs.ts'
import { echoed, ip, LIMITS, page, start } from './test/web-port.ts'

const proxy = '127.0.0.9'
const binding = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')
const bindingSuccess = /^0101/
t.test('serves TURN, HTTPS and WebSockets on one port', async (t) => {
  const { port, engine, turnClient, echoAt } = await start(t)
  const client = await turnClient()
  await client.allocate(4)
  await client.bindChannel(echoAt)
  t.equal(await echoed(client, 'hello'), 'hello')
  t.match(engine.allocations(), [
    { client: { transport: 'tls', client: { family: 4, ip }, server: { family: 4, ip, port } } },
  ])
  t.equal(await page(port), `page for ${ip}`)
  const socket = new WebSocket(`wss://${ip}:${port}/ws`, { rejectUnauthorized: false })
  t.teardown(() => socket.terminate())
  const [message] = await once(socket, 'message')
  t.equal(`${message}`, 'welcome')
})

t.test('goes by the name in the handshake, and without one by the first bytes', async (t) => {
  const { port } = await start(t)
  const cases: readonly [string, ConnectionOptions, string | Buffer, RegExp][] = [
    ['TURN by name', { ALPNProtocols: ['stun.turn'] }, binding, bindingSuccess],
    [
      'TURN by name, whatever else is named',
      { ALPNProtocols: ['http/1.1', 'stun.turn'] },
      binding,
      bindingSuccess,
    ],
    ['TURN by its bytes', {}, binding, bindingSuccess],
    [
      'HTTP by name',
      { ALPNProtocols: ['h2', 'http/1.1'] },
      request('GET'),
      /^485454502f312e3120323030/,
    ],
    ['HTTP by its bytes', {}, request('GET'), /^485454502f312e3120323030/],
    ['no TURN because of the cookie', {}, Buffer.alloc(20), /^485454502f312e3120343030/],
    ['no HTTP by name', { ALPNProtocols: ['http/1.1'] }, binding, /^485454502f312e3120343030/],
  ]
  for (const [name, options, bytes, answer] of cases) {
    const socket = await secure(t, port, options)
    socket.write(bytes)
    const [chunk] = await once(socket, 'data')
    t.match(chunk.toString('hex'), answer, name)
  }
  await t.rejects(secure(t, port, { ALPNProtocols: ['h2'] }), 'nothing that both speak')
})

const noCoturn = !hasCommand('turnutils_uclient') && 'needs turnutils_uclient'

t.test("relays for coturn's client", { skip: noCoturn }, async (t) => {
  const { port, login, echoAt } = await start(t)
  const tls = ['-t', '-S', '-p', `${port}`, '-u', login.username, '-w', login.password]
  const peer = ['-e', echoAt.ip, '-r', `${echoAt.port}`]
  const client = spawn('turnutils_uclient', [...tls, ...peer, '-c', '-n', '5', '-m', '1', ip])
  const chunks = await Promise.all([client.stdout.toArray(), client.stderr.toArray()])
  t.match(chunks.flat().join(''), /tot_send_msgs=5, tot_recv_msgs=5/)
})

const noOpenssl = !hasCommand('openssl') && 'needs openssl'

t.test("answers openssl's client, with a name and without", { skip: noOpenssl }, async (t) => {
  const { port } = await start(t)
  for (const name of [[], ['-alpn', 'stun.turn']]) {
    const args = ['s_client', '-quiet', '-connect', `${ip}:${port}`, ...name]
    const client = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] })
    t.teardown(() => client.kill())
    client.stdin.write(binding)
    const [chunk] = await once(client.stdout, 'data')
    t.match(chunk.toString('hex'), bindingSuccess)
  }
})

t.test('takes the first message as it comes, even byte by byte', async (t) => {
  const { port } = await start(t)
  const socket = await secure(t, port)
  for (const byte of binding) {
    await new Promise<void>((resolve) => {
      socket.write(Buffer.of(byte), () => resolve())
    })
  }
  const [chunk] = await once(socket, 'data')
  t.match(chunk.toString('hex'), bindingSuccess)
})

t.test('cuts who says nothing after the handshake, or does not go on', async (t) => {
  const { port } = await start(t, { limits: { ...LIMITS, handshakeMs: 200 } }, 200)
  const silent = await secure(t, port)
  const named = await secure(t, port, { ALPNProtocols: ['stun.turn'] })
  const half = await secure(t, port)
  half.write(binding.subarray(0, 3))
  for (const socket of [silent, named, half]) await closed(socket)
  t.pass()
})

t.test('cuts a handshake that goes on byte by byte', async (t) => {
  const { port } = await start(t, { limits: { ...LIMITS, handshakeMs: 200 } })
  const socket = await plainly(t, port, ip)
  const hello = Buffer.from('1603010200010001fc0303', 'hex')
  let sent = 0
  const drip = setInterval(() => socket.write(hello.subarray(sent, ++sent)), 25)
  await closed(socket)
  clearInterval(drip)
  t.ok(sent < hello.length, `${sent} bytes came through`)
})

t.test('changes the certificate without losing a packet', async (t) => {
  const { port, turnClient, echoAt, changeCertificate } = await start(t)
  const client = await turnClient()
  await client.allocate(4)
  await client.bindChannel(echoAt)
  const before = (await secure(t, port)).getPeerCertificate().fingerprint256
  for (let n = 0; n < 200; n++) {
    if (n === 100) {
      await changeCertificate()
      const fresh = await secure(t, port, { ALPNProtocols: ['stun.turn'] })
      t.not(fresh.getPeerCertificate().fingerprint256, before)
    }
    t.equal(await echoed(client, `packet ${n}`), `packet ${n}`)
  }
})

t.test('keeps relaying while other requests end, then hangs up', async (t) => {
  const held: (() => void)[] = []
  const { port, server, turnClient, echoAt } = await start(t, {
    handler: (_request, response) => void held.push(() => response.end('late')),
  })
  const client = await turnClient()
  await client.allocate(4)
  await client.bindChannel(echoAt)
  const undecided = await secure(t, port)
  const answer = page(port)
  while (held.length === 0) await echoed(client, 'the request is on its way')
  const stopped = server.stop(new AbortController().signal)
  await closed(undecided)
  t.equal(await echoed(client, 'still here'), 'still here')
  held[0]?.()
  t.equal(await answer, 'late')
  await stopped
  await t.rejects(client.createPermission(ip))
})

t.test('believes listed proxies about their clients', async (t) => {
  const { port, engine, login } = await start(t, {
    proxyProtocolFrom: [proxy],
    limits: { ...LIMITS, connectionsPerAddress: 1 },
  })
  const header = (last: number) =>
    Buffer.from(`0d0a0d0a000d0a515549540a2111000cc00002${hex(last)}c6336401c35001bb`, 'hex')
  const proxied = async (bytes: Buffer) => {
    const socket = await plainly(t, port, proxy)
    socket.write(bytes)
    return socket
  }
  const browser = await secure(t, port, { socket: await proxied(header(7)) })
  browser.write(request('GET'))
  const [chunk] = await once(browser, 'data')
  t.match(`${chunk}`, 'page for 192.0.2.7')
  const second = await proxied(header(7))
  await closed(second)
  t.pass('the limit is that of the client')
  const turn = await secure(t, port, { socket: await proxied(header(8)) })
  turn.write(binding)
  const [answer] = await once(turn, 'data')
  t.match(answer.toString('hex'), bindingSuccess)
  await closed(await proxied(Buffer.from(request('GET'))))
  t.pass('hangs up on a proxy without a header')
  const other = await TurnClient.connect({ transport: 'tls', ip, port }, login)
  t.teardown(() => other.close())
  await other.allocate(4)
  t.match(engine.allocations(), [{ client: { client: { ip } } }])
  await closed(await plainly(t, port, ip))
  t.pass('others have their own address, and its limit')
})

t.test('takes a whole IPv6 /64 for one client', async (t) => {
  const { port } = await start(t, {
    proxyProtocolFrom: [proxy],
    limits: { ...LIMITS, connectionsPerAddress: 1 },
  })
  const from = async (network: number, host: number) => {
    const socket = await plainly(t, port, proxy)
    const source = `20010db80000${hex(0)}${hex(network)}00000000000000${hex(host)}`
    const both = `${source}20010db8000000000000000000000001c35001bb`
    socket.write(Buffer.from(`0d0a0d0a000d0a515549540a21210024${both}`, 'hex'))
    return socket
  }
  await secure(t, port, { socket: await from(1, 1) })
  await closed(await from(1, 2))
  await secure(t, port, { socket: await from(2, 1) })
  t.pass('another network has its own limit')
})

t.test('holds no more TURN clients than the engine lets it', async (t) => {
  const { port, turnClient } = await start(t, {}, 60_000, { connections: 1 })
  const first = await turnClient()
  await first.allocate(4)
  const second = await secure(t, port)
  second.write(binding)
  await closed(second)
  t.match(await page(port), 'page for')
})

function request(method: string): string {
  return `${method} / HTTP/1.1\r\nHost: x\r\n\r\n`
}

function hex(byte: number): string {
  return Buffer.of(byte).toString('hex')
}
