import { connectionId } from '../protocol/attributes/connection-id.ts'
import { xorPeerAddress } from '../protocol/attributes/xor-peer-address.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { methods } from '../protocol/methods.ts'
import { encodeStunMessage } from '../protocol/stun-message.ts'
import { attribute } from './answers.ts'
import type { EngineState } from './engine-state.ts'
import type { PeerConnectionNews } from './peer-connection-io.ts'
import type { PeerConnection } from './peer-connections.ts'
import { newTransactionId, refusal } from './relaying.ts'
import { accept, reject, type SignedRequest } from './request.ts'
import type { Finished } from './requests/finish-allocate.ts'
import type { Now } from './turn-io.ts'

type Arrived = Extract<PeerConnectionNews, { name: 'arrived' }>
type Relayed = Extract<PeerConnectionNews, { name: 'relayed' }>

/** Takes in what happened to a peer's connection; a Connect that it answers comes back. */
export function handlePeerConnectionNews(
  state: EngineState,
  news: PeerConnectionNews,
  now: Now,
): Finished | undefined {
  if (news.name === 'arrived') return admitArrived(state, news, now.monotonicMs)
  const connection = state.peerConnections.byId(news.connection)
  if (!connection) return undefined
  if (news.name === 'relayed') return countRelayed(state, connection, news, now.monotonicMs)
  if (news.name === 'opened') return answerOpened(state, connection, now)
  state.peerConnections.remove(connection)
  const { stage, connect } = connection
  return stage === 'opening' && connect ? answerNotOpened({ ...connect, now }) : undefined
}

/** Tells that nothing came of a Connect (RFC 6062 §5.2). */
export function answerNotOpened(request: SignedRequest): Finished {
  const outcome = reject(errorCodes.connectionTimeoutOrFailure, 'peer not reached')
  return { request, outcome }
}

function answerOpened(
  state: EngineState,
  connection: PeerConnection,
  now: Now,
): Finished | undefined {
  const { stage, connect, id } = connection
  if (stage !== 'opening' || !connect) return undefined
  state.peerConnections.opened(connection, now.monotonicMs)
  const { transactionId } = connect.message
  return {
    request: { ...connect, now },
    outcome: accept(attribute(connectionId, id, transactionId)),
  }
}

/** Tells the client of a peer it has a permission for (RFC 6062 §5.3); others are hung up on. */
function admitArrived(state: EngineState, { allocation: id, peer }: Arrived, nowMs: number) {
  const allocation = state.allocations.byId(id)
  if (!allocation?.isBound) return undefined
  const permission = allocation.permissionFor(peer.ip, nowMs)
  const reason = refusal(state, allocation, { peer, permission, by: 'inbound' }, nowMs)
  const { peerConnections } = state
  if (reason || !peerConnections.hasRoom(allocation)) {
    state.counters.countDrop(reason ?? 'tooManyConnections')
    return undefined
  }
  const connection = peerConnections.admit(allocation, peer, nowMs)
  const transactionId = newTransactionId(state)
  const bytes = encodeStunMessage({
    class: 'indication',
    method: methods.connectionAttempt,
    transactionId,
    attributes: [
      attribute(connectionId, connection.id, transactionId),
      attribute(xorPeerAddress, peer, transactionId),
    ],
  })
  state.emit({ type: 'sendToClient', to: allocation.client, bytes })
  return undefined
}

function countRelayed(
  state: EngineState,
  connection: PeerConnection,
  { way, bytes }: Relayed,
  nowMs: number,
) {
  const { allocation } = connection
  const { counters } = state
  if (way === 'fromClient') {
    counters.receivedBytes += bytes
    counters.countFromClient(allocation, bytes)
  } else {
    counters.sentBytes += bytes
    counters.countToClient(allocation, bytes)
  }
  state.peerConnections.spend(connection, way, bytes, nowMs)
  return undefined
}
