import type { Socket } from 'node:net'
import type { Test } from 'tap'
import type { TurnEngineOptions } from '../index.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { having } from './encode-request.ts'
import { startOurEngine } from './our-engine.ts'
import { TcpClient } from './tcp-client.ts'
import { makeCertificate } from './test-certificate.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

const loopback = { ip: '127.0.0.1', port: 0 }
/** The channel that `relayed` binds. */
export const channel = 0x4001 as ChannelNumber
/** The certificate that `start` begins with. */
export const first = await makeCertificate('first')

/** Our engine with a TLS port, until the test is over. */
export async function start(t: Test, options: Partial<TurnEngineOptions> = {}) {
  const server = await startOurEngine({
    listen: { udp: [loopback], tcp: [loopback], tls: [loopback] },
    certificate: first,
    ...options,
  })
  t.teardown(() => server.close())
  const at = server.engine.listening().find(({ transport }) => transport === 'tls')
  return { server, port: at?.port ?? 0 }
}

/** A client with an allocation and a channel to a peer. */
export async function relayed(
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
