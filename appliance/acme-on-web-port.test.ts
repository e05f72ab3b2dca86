import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { TurnClient } from '#turn'
import { encodeProxyHeader } from '../turn/test/proxy-header.ts'
import { echoed, ip, LIMITS, page, start } from './test/web-port.ts'
import { ChallengeBoard } from './tls/acme/challenge-board.ts'

const DOMAIN = 'calls.example.org'

/** id-pe-acmeIdentifier (RFC 8737 §6.1), as DER writes it. */
const ACME_IDENTIFIER = Buffer.from('06082b0601050507011f', 'hex')

async function startWithBoard(t: Test, options: Parameters<typeof start>[1] = {}) {
  const board = new ChallengeBoard()
  const world = await start(t, options, 60_000, {}, board)
  const proof = {
    challenge: 'tls-alpn-01',
    domain: DOMAIN,
    token: 'x',
    keyAuthorization: 'x.y',
  } as const
  return { ...world, board, pend: () => board.post(proof) }
}

/** Shakes hands as an authority does; rejects when that fails. */
async function askAsAuthority(
  port: number,
  servername = DOMAIN,
  more: Readonly<{ allowHalfOpen?: boolean }> = {},
): Promise<TLSSocket> {
  const socket = connect({
    host: ip,
    port,
    servername,
    ALPNProtocols: ['acme-tls/1'],
    rejectUnauthorized: false,
    ...more,
  })
  await once(socket, 'secureConnect')
  return socket
}

t.test(
  'shows the challenge’s certificate while it is pending, and only then (RFC 8737 §3)',
  async (t) => {
    const { port, pend } = await startWithBoard(t)
    await t.rejects(askAsAuthority(port), 'nothing is pending')
    const takeDown = await pend()
    const socket = await askAsAuthority(port)
    t.equal(socket.alpnProtocol, 'acme-tls/1')
    const { raw, subjectaltname } = socket.getPeerCertificate()
    t.equal(subjectaltname, `DNS:${DOMAIN}`)
    t.ok(raw.includes(ACME_IDENTIFIER))
    t.notOk(new X509Certificate(raw).ca)
    await once(socket.resume(), 'close')
    await t.rejects(askAsAuthority(port, 'other.example.org'), 'another name is nothing of ours')
    takeDown()
    await t.rejects(askAsAuthority(port))
  },
)

t.test('leaves pages, WebSockets and TURN alone while a challenge is pending', async (t) => {
  const { port, pend, turnClient, echoAt } = await startWithBoard(t)
  const early = await turnClient()
  await early.allocate(4)
  await early.bindChannel(echoAt)
  await pend()
  t.equal(await page(port), 'page for 127.0.0.1')
  t.equal(await echoed(early, 'of before'), 'of before')
  const late = await turnClient()
  await late.allocate(4)
  await late.bindChannel(echoAt)
  t.equal(await echoed(late, 'of since'), 'of since')
  const socket = new WebSocket(`wss://${ip}:${port}/`, { rejectUnauthorized: false })
  t.equal(String((await once(socket, 'message'))[0]), 'welcome')
  socket.terminate()
  const browser = connect({
    host: ip,
    port,
    ALPNProtocols: ['http/1.1'],
    servername: DOMAIN,
    rejectUnauthorized: false,
  })
  await once(browser, 'secureConnect')
  t.not(browser.getPeerCertificate().subjectaltname, `DNS:${DOMAIN}`)
  browser.destroy()
})

t.test('hangs up on who says nothing while a challenge is pending', async (t) => {
  const { port, pend, server } = await startWithBoard(t, {
    limits: { ...LIMITS, handshakeMs: 200 },
  })
  await pend()
  for (const bytes of ['', '\x16\x03\x01\x02']) {
    const socket = connectTcp(port, ip)
    socket.write(bytes)
    await once(socket.resume(), 'close')
    t.pass('hung up')
  }
  const waiting = connectTcp(port, ip)
  await once(waiting, 'connect')
  await server.stop(new AbortController().signal)
  t.pass('and a server that stops waits for nobody')
})

t.test('does not wait for one to hang up who has shaken hands', async (t) => {
  const limits = { ...LIMITS, handshakeMs: 200 }
  const { port, pend, server } = await startWithBoard(t, { limits })
  await pend()
  const socket = await askAsAuthority(port, DOMAIN, { allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  await once(socket.resume(), 'end')
  await server.stop(new AbortController().signal)
  t.pass('it is gone')
})

t.test('finds the handshake behind a proxy’s header', async (t) => {
  const { port, pend, login, engine } = await startWithBoard(t, { proxyProtocolFrom: [ip] })
  await pend()
  const source = { family: 4, ip: '192.0.2.7', port: 50_000 } as const
  const preamble = encodeProxyHeader({ source, destination: { family: 4, ip, port } })
  const proxied = async () => {
    const socket = connectTcp(port, ip)
    await once(socket, 'connect')
    socket.write(preamble)
    return socket
  }
  const socket = connect({
    socket: await proxied(),
    servername: DOMAIN,
    ALPNProtocols: ['acme-tls/1'],
    rejectUnauthorized: false,
  })
  await once(socket, 'secureConnect')
  t.equal(socket.getPeerCertificate().subjectaltname, `DNS:${DOMAIN}`)
  socket.destroy()
  const client = await TurnClient.connect({ transport: 'tls', ip, port, preamble }, login)
  await client.allocate(4)
  t.equal(engine.allocations()[0]?.client.client.ip, '192.0.2.7')
  client.close()
})
