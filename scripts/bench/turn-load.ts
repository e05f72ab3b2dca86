import { channelNumber } from '../../turn/protocol/attributes/channel-number.ts'
import { data } from '../../turn/protocol/attributes/data.ts'
import { lifetime } from '../../turn/protocol/attributes/lifetime.ts'
import { xorPeerAddress } from '../../turn/protocol/attributes/xor-peer-address.ts'
import { setUint16 } from '../../turn/protocol/bytes.ts'
import { type ChannelNumber, encodeChannelData } from '../../turn/protocol/channel-data.ts'
import { methods } from '../../turn/protocol/methods.ts'
import { ContractClient } from '../../turn/test/contract-client.ts'
import { encodeRequest, having } from '../../turn/test/encode-request.ts'
import { UdpEndpoint } from '../../turn/test/udp-endpoint.ts'

/** How data goes: on a channel, as Send and Data indications, or bare through the forwarder. */
export type Mode = 'channel' | 'send' | 'bare'

/** One client and its peer; `message` is what the client sends again and again. */
export type Pair = Readonly<{
  message: Uint8Array
  client: Readonly<{ endpoint: UdpEndpoint; send: (bytes: Uint8Array) => void }>
  peer: UdpEndpoint
  close: () => Promise<void>
}>

const window = 32
const lostAfterMs = 3000
const channel = 0x4001 as ChannelNumber

/** Opens a client that relays to a peer of its own by a TURN server. */
export async function openTurnPair(
  server: Readonly<{ port: number; username: string; password: string }>,
  mode: 'channel' | 'send',
  payload: Uint8Array,
): Promise<Pair> {
  const client = await ContractClient.open(server)
  const peer = await UdpEndpoint.open()
  await client.allocate()
  const at = having(xorPeerAddress, { family: 4, ip: '127.0.0.1', port: peer.port })
  if (mode === 'channel')
    await client.request(methods.channelBind, having(channelNumber, channel), at)
  else await client.request(methods.createPermission, at)
  const message =
    mode === 'channel'
      ? encodeChannelData(channel, payload, false)
      : encodeRequest(methods.send, [at, having(data, payload)], { class: 'indication' })
  const close = async () => {
    await client.request(methods.refresh, having(lifetime, 0))
    client.close()
    peer.close()
  }
  return { message, client, peer, close }
}

/** Opens a client of the bare forwarder. */
export async function openBarePair(port: number, payload: Uint8Array): Promise<Pair> {
  const endpoint = await UdpEndpoint.open()
  const peer = await UdpEndpoint.open()
  const send = (bytes: Uint8Array) => endpoint.send(bytes, port)
  const first = new Uint8Array(2)
  setUint16(first, 0, peer.port)
  send(first)
  if (!(await endpoint.next(lostAfterMs))) throw new Error('the forwarder is silent')
  const close = () => {
    endpoint.close()
    peer.close()
    return Promise.resolve()
  }
  return { message: payload, client: { endpoint, send }, peer, close }
}

/** Sends `count` packets to the peer and takes each back, some always under way; returns how many were relayed, both ways counted. */
export async function pingPong(pair: Pair, count: number): Promise<number> {
  let relayed = 0
  for (let sent = 0; sent < count; sent += window) {
    for (let i = 0; i < window; i++) pair.client.send(pair.message)
    relayed += await collect(pair)
  }
  return relayed
}

async function collect({ client, peer }: Pair): Promise<number> {
  let relayed = 0
  for (let i = 0; i < window; i++) {
    const arrival = await peer.next(lostAfterMs)
    if (!arrival) return relayed
    relayed++
    peer.send(arrival.bytes, arrival.from.port)
  }
  for (let i = 0; i < window; i++) {
    if (!(await client.endpoint.next(lostAfterMs))) return relayed
    relayed++
  }
  return relayed
}
