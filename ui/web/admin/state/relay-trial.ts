import type { TurnRestCredentials, TurnUrl } from '#api'

/** What came of reaching the relay from this browser; `reason` is a sentence. */
export type TrialOutcome =
  | Readonly<{ ok: true; milliseconds: number }>
  | Readonly<{ ok: false; reason: string }>

/** Reaches the relay by one door, from wherever the browser is. */
export type TryDoor = (door: TurnUrl, credentials: TurnRestCredentials) => Promise<TrialOutcome>

const PATIENCE_MS = 10_000

/** Asks the relay for an address as a call would, and counts how long that took. */
export const tryDoorInBrowser: TryDoor = async (door, { username, password }) => {
  const connection = new RTCPeerConnection({
    iceServers: [{ urls: [door.url], username, credential: password }],
    iceTransportPolicy: 'relay',
  })
  const outcome = relayCandidate(connection)
  try {
    connection.createDataChannel('trial')
    await connection.setLocalDescription()
    return await outcome
  } finally {
    connection.close()
  }
}

function relayCandidate(connection: RTCPeerConnection): Promise<TrialOutcome> {
  const startedAtMs = performance.now()
  let reason = 'No answer. A firewall on the way may block this port.'
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => resolve({ ok: false, reason }), PATIENCE_MS)
    const end = (outcome: TrialOutcome) => {
      clearTimeout(giveUp)
      resolve(outcome)
    }
    connection.onicecandidateerror = ({ errorCode, errorText }) => {
      reason = errorWords(errorCode, errorText)
    }
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) end({ ok: false, reason })
      else if (candidate.type === 'relay') {
        end({ ok: true, milliseconds: performance.now() - startedAtMs })
      }
    }
  })
}

/** 701 is the browser's own code for a server that it cannot reach (W3C WebRTC §4.8.1.3). */
const UNREACHABLE = 701

function errorWords(code: number, text: string): string {
  if (code === UNREACHABLE) {
    return 'Not reached. A firewall on the way may block this port, or the browser refuses the certificate.'
  }
  return `The relay answered ${code} ${text}.`
}
