import { SignalResponse } from '@livekit/protocol'
import type { DepartureReason } from '../room/participant-door.ts'

/** One message to a client. */
export type SignalMessage = SignalResponse['message']

/** The way of a session's parts to their client. */
export interface SignalLink {
  /** Sends when a connection is there; changes of participants that wait are sent before it. */
  send(message: SignalMessage): void
  /** Ends the session, telling the client why. */
  end(reason: DepartureReason): void
  /** Has the client reconnect, because it did not answer an offer in time. */
  negotiationTimedOut(): void
  /** Runs a task in the room's queue; should it throw, that is a bug, and this client alone is closed. */
  run(task: () => Promise<void>): void
}

/** The WebSocket under a session, as the session sees it. */
export interface SignalSocket {
  send(bytes: Uint8Array): void
  /** Closes after what was sent; WebSocket close code and reason. */
  close(code: number, reason: string): void
}

/** The bytes of a message: one protobuf SignalResponse. */
export function encodeMessage(message: SignalMessage): Uint8Array {
  return new SignalResponse({ message }).toBinary()
}
