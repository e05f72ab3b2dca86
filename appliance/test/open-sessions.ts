import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { TurnClient } from '#turn'
import { ownHost } from '../../scripts/test/own-network.ts'
import { loginWith, secretsOf } from './relay-steps.ts'
import type { RunningAppliance } from './running-appliance.ts'
import { echoed } from './web-port.ts'

/** Where the peer is; the configuration must let relays reach it. */
export const PEER_IP = '10.99.0.3'

/** Connections by TLS that stay open: TURN on its own port and on the web's, and a WebSocket. */
export type OpenSessions = Readonly<{
  /** Holds when each of them still carries traffic. */
  prove(t: Test, when: string): Promise<void>
}>

/** Opens them; they end with the test. */
export async function openSessions(
  t: Test,
  appliance: RunningAppliance,
  address: string,
): Promise<OpenSessions> {
  const peer = await startEcho(t)
  const { turnStaticAuthSecret } = await secretsOf(appliance)
  const login = loginWith(turnStaticAuthSecret)
  const clients = await Promise.all(
    [5349, 443].map(async (port) => {
      const target = { transport: 'tls', ip: address, port, serverName: ownHost } as const
      const client = await TurnClient.connect(target, login)
      t.teardown(() => client.close())
      await client.allocate(4)
      await client.bindChannel(peer)
      return { port, client }
    }),
  )
  const socket = await openSocket(t, appliance, address)
  return {
    async prove(t, when) {
      for (const { port, client } of clients) {
        const text = `${when}, port ${port}`
        t.equal(await echoed(client, text), text)
      }
      const pong = once(socket, 'pong')
      socket.ping(when)
      t.equal(String((await pong)[0]), when, 'the WebSocket goes on')
    },
  }
}

async function openSocket(t: Test, { publicLink }: RunningAppliance, address: string) {
  const token = await seatOf(publicLink)
  const socket = new WebSocket(`wss://${address}/rtc?access_token=${token}&protocol=15`, {
    rejectUnauthorized: false,
  })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

/** Trades the link's invite for the token of a seat, by the plain HTTP of this machine. */
async function seatOf(publicLink: string): Promise<string> {
  const { pathname, searchParams } = new URL(publicLink)
  const [, , room = ''] = pathname.split('/')
  const answer = await fetch(`http://localhost/api/call/${room}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'http://localhost' },
    body: JSON.stringify({ name: 'Guest', invite: searchParams.get('token') }),
  })
  if (!answer.ok) throw new Error(`the seat was refused: ${await answer.text()}`)
  const { token } = (await answer.json()) as { token: string }
  return token
}

/** A peer at an address that the machine got later, so that the relay does not take it for its own. */
async function startEcho(t: Test) {
  const ip = PEER_IP
  execFileSync('ip', ['addr', 'replace', `${ip}/24`, 'dev', 'v0'])
  const echo = createSocket('udp4')
  t.teardown(() => echo.close())
  echo.on('message', (bytes, { port, address }) => echo.send(bytes, port, address))
  echo.bind(0, ip)
  await once(echo, 'listening')
  return { ip, port: echo.address().port }
}
