import { Pong, type SignalRequest } from '@livekit/protocol'
import type { SignalMessage } from '../signal-link.ts'

/** The answer to a ping of either kind; `undefined` for every other message. */
export function pongFor({ message }: SignalRequest, nowMs: number): SignalMessage | undefined {
  if (message.case === 'ping') return { case: 'pong', value: BigInt(nowMs) }
  if (message.case !== 'pingReq') return undefined
  const lastPingTimestamp = message.value.timestamp
  return { case: 'pongResp', value: new Pong({ lastPingTimestamp, timestamp: BigInt(nowMs) }) }
}
