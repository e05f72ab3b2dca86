import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { connectionId } from '../protocol/attributes/connection-id.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { methods } from '../protocol/methods.ts'
import type { TransportAddress } from '../protocol/transport-address.ts'
import type { ConnectionId, PeerConnectionNews } from '../server/peer-connection-io.ts'
import type { AllocationId, TurnOutput } from '../server/turn-io.ts'
import { having } from './encode-request.ts'
import { errorIn, peerAt, responseIn, Scenario, type ScenarioClient } from './scenario.ts'

/** Asks for TCP to peers. */
export const tcp = having(requestedTransport, 6)

/** Names a peer. */
export const to = (peer: TransportAddress) => having(xorPeerAddress, peer)

/** Names a connection. */
export const by = (id: number) => having(connectionId, id)

/** A scenario whose server relays TCP. */
export function scenarioWithTcp(options: ConstructorParameters<typeof Scenario>[0] = {}): Scenario {
  return new Scenario({ ...options, parts: { tcpRelays: true, ...options.parts } })
}

/** A client on a stream with a TCP allocation. */
export function allocated(scenario: Scenario, options: Parameters<Scenario['client']>[0] = {}) {
  const client = scenario.client({ transport: 'tcp', ...options }).learnNonce()
  const outputs = client.request(methods.allocate, tcp)
  if (errorIn(outputs) !== undefined) throw new Error(`Allocate refused: ${errorIn(outputs)}`)
  const mine = [...scenario.server.allocations()].find((one) => one.client === client.tuple)
  if (!mine) throw new Error('no allocation')
  return { client, id: mine.id }
}

/** Lets a server hear of a connection. */
export function tell(scenario: Scenario, news: PeerConnectionNews): TurnOutput[] {
  return scenario.input({ type: 'peerConnection', news })
}

/** What a shell is to do with connections. */
export function tasksIn(outputs: readonly TurnOutput[]) {
  return outputs.flatMap((output) => (output.type === 'peerConnection' ? [output.task] : []))
}

/** The connection of the first task in some outputs. */
export function connectionIn(outputs: readonly TurnOutput[]): ConnectionId {
  const [task] = tasksIn(outputs)
  if (!task) throw new Error('no task')
  return task.connection
}

/** The CONNECTION-ID of the one message in some outputs. */
export function idIn(outputs: readonly TurnOutput[]): number | undefined {
  const read = readAttributes(responseIn(outputs), { id: connectionId })
  return read.ok ? read.value.id : undefined
}

/** Connects to a peer; returns the connection, which waits for its ConnectionBind. */
export function connected(
  scenario: Scenario,
  client: ScenarioClient,
  peer = peerAt(1),
): ConnectionId {
  const connection = connectionIn(client.request(methods.connect, to(peer)))
  tell(scenario, { name: 'opened', connection })
  return connection
}

/** Lets a peer connect to an allocation. */
export function arrive(scenario: Scenario, allocation: AllocationId, peer: TransportAddress) {
  return tell(scenario, { name: 'arrived', allocation, peer })
}
