import { strict as assert } from 'node:assert'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { channelNumber } from '../protocol/attributes/channel-number.ts'
import { data } from '../protocol/attributes/data.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import type { ChannelNumber } from '../protocol/channel-data.ts'
import { methods } from '../protocol/methods.ts'
import { answerWithinMs, type ContractClient, codeOf } from './contract-client.ts'
import { encodeRequest, having } from './encode-request.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

/** A TURN server on 127.0.0.1 that lets its one user reach peers on 127.0.0.0/8 and no special address beside. */
export type RunningServer = Readonly<{
  port: number
  username: string
  password: string
  close(): Promise<void>
}>

/** Who takes part in trying a point. */
export type Parties = Readonly<{ client: ContractClient; peer: UdpEndpoint; server: RunningServer }>

/** One promise every engine has to keep; `check` throws when it is broken. */
export type ContractPoint = Readonly<{ name: string; check: (parties: Parties) => Promise<void> }>

const portCheckMs = 100

/** REQUESTED-TRANSPORT: UDP. */
export const udp = having(requestedTransport, 17)
/** What is sent through the relay. */
export const media = Buffer.from('media, more or less')
/** The channel that points bind. */
export const channel = 0x4001 as ChannelNumber
/** An address on this machine. */
export const loopback = (port: number) => ({ family: 4, ip: '127.0.0.1', port }) as const
/** XOR-PEER-ADDRESS of a peer. */
export const toward = (peer: UdpEndpoint) => having(xorPeerAddress, loopback(peer.port))

/** Makes a permission for the peer. */
export async function permit({ client, peer }: Parties): Promise<void> {
  assert.equal(codeOf(await client.request(methods.createPermission, toward(peer))), undefined)
}

/** Binds `channel` to the peer. */
export async function bindChannel({ client, peer }: Parties): Promise<void> {
  const number = having(channelNumber, channel)
  assert.equal(codeOf(await client.request(methods.channelBind, number, toward(peer))), undefined)
}

/** Sends the bytes to the peer in a Send indication. */
export function send({ client, peer }: Parties, bytes: Uint8Array): void {
  const body = [toward(peer), having(data, bytes)]
  client.send(encodeRequest(methods.send, body, { class: 'indication' }))
}

/** Waits until the bytes arrive at the peer. */
export async function expectAtPeer(peer: UdpEndpoint, bytes: Uint8Array): Promise<void> {
  const arrival = await peer.next(answerWithinMs)
  assert.ok(arrival, 'nothing reached the peer')
  assert.deepEqual(Buffer.from(arrival.bytes), Buffer.from(bytes))
}

/** Waits until the bytes arrive at the client in a Data indication. */
export async function expectData({ client, peer }: Parties, bytes: Uint8Array): Promise<void> {
  const message = await client.nextMessage()
  assert.equal(message.method, methods.data)
  const read = readAttributes(message, { from: xorPeerAddress, data })
  assert.ok(read.ok)
  assert.deepEqual(read.value.from, loopback(peer.port))
  assert.deepEqual(Buffer.from(read.value.data ?? []), Buffer.from(bytes))
}

/** Asks for an allocation; the error's code, `undefined` when it is granted. */
export async function allocateCode(
  { client }: Parties,
  ...attributes: Parameters<ContractClient['request']>[1][]
): Promise<number | undefined> {
  await client.learnNonce()
  return codeOf(await client.request(methods.allocate, ...attributes))
}

/** Waits until a port of this machine can be bound. */
export async function expectFree(port: number, { endpoint }: ContractClient): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await UdpEndpoint.open(port)).close()
    } catch (error) {
      if (attempt * portCheckMs >= answerWithinMs) throw error
    }
    await endpoint.next(portCheckMs)
  }
}
