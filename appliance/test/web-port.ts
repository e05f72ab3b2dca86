import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { WebSocketServer } from 'ws'
import { createTurnEngine, issueCredentials, TurnClient, type TurnEngineOptions } from '#turn'
import { ChallengeBoard } from '../tls/acme/challenge-board.ts'
import type { KeyPair } from '../tls/certificate.ts'
import { loadSelfSigned } from '../tls/self-signed.ts'
import { createWebServer, type WebLimits, type WebServerOptions } from '../web-server.ts'

/** Where everything listens. */
export const ip = '127.0.0.1'
const secret = 'shared with the chat server'
/** Limits that no test reaches by chance. */
export const LIMITS: WebLimits = {
  connections: 100,
  connectionsPerAddress: 100,
  idleMs: 60_000,
  handshakeMs: 60_000,
}

/** A web server that serves TURN too, with an echoing peer; all of it ends with the test. */
export async function start(
  t: Test,
  options: Partial<WebServerOptions> = {},
  idleMs = 60_000,
  tcpLimits: TurnEngineOptions['tcpLimits'] = {},
  board: ChallengeBoard = new ChallengeBoard(),
) {
  const engine = createTurnEngine({
    listen: { udp: [], tcp: [] },
    relay: { ip, announcedIp: ip, portMin: 20_000, portMax: 29_999 },
    realm: 'example.org',
    secrets: [secret],
    ownMedia: [],
    allowedPeers: ['127.0.0.0/8'],
    tcpLimits: { idleMs, ...tcpLimits },
    rethrowBugs: true,
  })
  await engine.start()
  t.teardown(() => engine.close('test is over'))
  const webSockets = new WebSocketServer({ noServer: true })
  const { certificates, changeCertificate } = await certificatesOf(t)
  const server = createWebServer({
    https: { port: 0, certificates: { ...certificates, board } },
    http: { port: 0, host: ip },
    doors: [
      {
        handleUpgrade: (request, socket, head) => {
          webSockets.handleUpgrade(request, socket, head, (client) => client.send('welcome'))
          return true
        },
      },
    ],
    handler: ({ socket }, response) =>
      response.end(`page for ${socket.remoteAddress?.replace('::ffff:', '')}`),
    limits: LIMITS,
    turn: engine,
    ...options,
  })
  const { https: port = 0 } = await server.start()
  t.teardown(() => server.stop(AbortSignal.abort()))
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret, id: 'anna', lifetimeSeconds: 60, nowSeconds })
  const turnClient = async () => {
    const client = await TurnClient.connect({ transport: 'tls', ip, port }, login)
    t.teardown(() => client.close())
    return client
  }
  const echoAt = await startEcho(t)
  return { server, engine, port, login, turnClient, echoAt, changeCertificate }
}

async function certificatesOf(t: Test) {
  const load = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'callbox-web-'))
    t.teardown(() => rm(dataDir, { recursive: true }))
    return loadSelfSigned({ dataDir, names: [], nowMs: Date.now() })
  }
  const listeners: ((pair: KeyPair) => void)[] = []
  const pair = await load()
  return {
    certificates: {
      keyPair: () => pair,
      onChange: (listener: (pair: KeyPair) => void) => void listeners.push(listener),
    },
    async changeCertificate() {
      const fresh = await load()
      for (const listener of listeners) listener(fresh)
    },
  }
}

/** A peer that sends everything back. */
async function startEcho(t: Test) {
  const echo = createSocket('udp4')
  t.teardown(() => echo.close())
  echo.on('message', (bytes, { port, address }) => echo.send(bytes, port, address))
  echo.bind(0, ip)
  await once(echo, 'listening')
  return { ip, port: echo.address().port }
}

/** What comes back over the client's channel. */
export async function echoed(client: TurnClient, text: string): Promise<string> {
  const back = new Promise<Uint8Array>((resolve) => {
    client.onPayload = resolve
  })
  client.send(Buffer.from(text))
  return Buffer.from(await back).toString()
}

/** What the server answers to a request of Node's own client. */
export async function page(port: number): Promise<string> {
  const request = get({ host: ip, port, rejectUnauthorized: false, agent: false })
  const [response] = await once(request, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}
