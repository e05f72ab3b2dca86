import { Room, RoomEvent } from 'livekit-client'
import type { ConnectTrial } from '#api'
import { describePath, explainPath } from '../../call/state/media-path.ts'
import { readMediaPath } from '../../call/state/peer-connections.ts'
import type { CallOutcome, TryCall } from './sfu-trial.ts'

const PATIENCE_MS = 10_000
/** The client library may try again and again; nobody waits longer than this. */
const DEADLINE_MS = 20_000

/** Joins a room of its own, sends itself one message, reads the path, and leaves. */
export const tryCall: TryCall = async (trial) => {
  const refusal = await ask(trial)
  if (refusal !== undefined) return { signal: { ok: false, reason: refusal }, media: undefined }
  const room = new Room()
  const startedAtMs = performance.now()
  let signalAfterMs: number | undefined
  room.on(RoomEvent.SignalConnected, () => {
    signalAfterMs = performance.now() - startedAtMs
  })
  const deadline = setTimeout(() => void room.disconnect(), DEADLINE_MS)
  try {
    const options = { autoSubscribe: false, maxRetries: 0, peerConnectionTimeout: PATIENCE_MS }
    await room.connect(trial.livekitUrl, trial.token, options)
    await room.localParticipant.publishData(new Uint8Array([1]), { reliable: true })
    const milliseconds = signalAfterMs ?? performance.now() - startedAtMs
    return { signal: { ok: true, milliseconds }, media: await pathOf(room) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return failure(signalAfterMs)
  } finally {
    clearTimeout(deadline)
    await room.disconnect()
  }
}

/** What the server has against the token; asked first, because a WebSocket's refusal has no words. */
async function ask({ livekitUrl, token }: ConnectTrial): Promise<string | undefined> {
  const url = `${livekitUrl.replace(/^ws/, 'http')}/rtc/validate?access_token=${token}`
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const answer = await fetch(url, { signal }).catch((error: unknown) => {
    if (error instanceof TypeError || error instanceof DOMException) return undefined
    throw error
  })
  if (answer === undefined) return 'Not reached. A firewall on the way may block the address.'
  if (answer.ok) return undefined
  if (answer.status === 404) {
    return 'The server answered 404: a proxy in front does not pass /rtc on.'
  }
  return `The server answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`
}

async function pathOf(room: Room): Promise<NonNullable<CallOutcome['media']>> {
  const path = await readMediaPath(room)
  if (path === undefined) return { ok: false, reason: 'No path for media was found.' }
  const { kind, remote } = path
  return { ok: true, path: describePath(kind), meaning: explainPath(kind), to: remote }
}

function failure(signalAfterMs: number | undefined): CallOutcome {
  if (signalAfterMs === undefined) {
    const reason =
      'The server answers, but no WebSocket comes about: a proxy in front or on the way does not let them through.'
    return { signal: { ok: false, reason }, media: undefined }
  }
  const reason =
    'Media reaches the server by no path, also not through the relay. A firewall on the way blocks the media port (rtc.udp_port, rtc.tcp_port) and TURN.'
  return { signal: { ok: true, milliseconds: signalAfterMs }, media: { ok: false, reason } }
}
