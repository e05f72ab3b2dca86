import { ConnectionError, Room, RoomEvent } from 'livekit-client'
import { describePath, explainPath } from '../../call/state/media-path.ts'
import { readMediaPath } from '../../call/state/peer-connections.ts'
import type { CallOutcome, TryCall } from './sfu-trial.ts'

const PATIENCE_MS = 10_000

/** Joins a room of its own, sends itself one message, reads the path, and leaves. */
export const tryCall: TryCall = async ({ livekitUrl, token }) => {
  const room = new Room()
  const startedAtMs = performance.now()
  let signalAfterMs: number | undefined
  room.on(RoomEvent.SignalConnected, () => {
    signalAfterMs = performance.now() - startedAtMs
  })
  try {
    const options = { autoSubscribe: false, maxRetries: 0, peerConnectionTimeout: PATIENCE_MS }
    await room.connect(livekitUrl, token, options)
    await room.localParticipant.publishData(new Uint8Array([1]), { reliable: true })
    const signal = { ok: true, milliseconds: performance.now() - startedAtMs } as const
    const found = { ok: true, milliseconds: signalAfterMs ?? signal.milliseconds } as const
    return { signal: found, media: await pathOf(room) }
  } catch (error) {
    return failure(error, signalAfterMs)
  } finally {
    await room.disconnect()
  }
}

async function pathOf(room: Room): Promise<NonNullable<CallOutcome['media']>> {
  const path = await readMediaPath(room)
  if (path === undefined) return { ok: false, reason: 'No path for media was found.' }
  const { kind, remote } = path
  return { ok: true, path: describePath(kind), meaning: explainPath(kind), to: remote }
}

function failure(error: unknown, signalAfterMs: number | undefined): CallOutcome {
  if (!(error instanceof Error)) throw error
  if (signalAfterMs === undefined) {
    return { signal: { ok: false, reason: signalReason(error) }, media: undefined }
  }
  return {
    signal: { ok: true, milliseconds: signalAfterMs },
    media: {
      ok: false,
      reason:
        'Media reaches the server by no path, also not through the relay. A firewall on the way blocks the media port (rtc.udp_port, rtc.tcp_port) and TURN.',
    },
  }
}

function signalReason(error: Error): string {
  const status = error instanceof ConnectionError ? error.status : undefined
  if (typeof status === 'number') return `The server answered ${status}: ${error.message}.`
  return 'Not reached. The browser may refuse the certificate, or a proxy in front does not let WebSockets through.'
}
