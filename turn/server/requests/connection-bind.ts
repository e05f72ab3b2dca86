import { readAttributes } from '../../protocol/attributes/attribute-codec.ts'
import { connectionId } from '../../protocol/attributes/connection-id.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { EngineState } from '../engine-state.ts'
import { accept, type Outcome, reject, type SignedRequest } from '../request.ts'

/** Makes the client's stream one with a peer's connection that waits for it (RFC 6062 §5.4). */
export function handleConnectionBind(request: SignedRequest, state: EngineState): Outcome {
  const { message, from, owner } = request
  if (from.transport === 'udp') return reject(errorCodes.badRequest, 'not a stream')
  if (request.allocation) return reject(errorCodes.badRequest, 'the stream of an allocation')
  const read = readAttributes(message, { id: connectionId })
  if (!read.ok || read.value.id === undefined) {
    return reject(errorCodes.badRequest, 'no connection id')
  }
  const connection = state.peerConnections.byId(read.value.id)
  const isOwn = connection?.allocation.owner.userId === owner.userId
  // Another user's is told like one that does not exist.
  if (!connection || !isOwn || connection.stage !== 'waiting') {
    return reject(errorCodes.badRequest, 'no such connection waits')
  }
  state.peerConnections.bind(connection)
  return { ...accept(), afterwards: () => state.peerConnections.join(connection, from) }
}
