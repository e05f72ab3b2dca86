import type { PeerCertificate } from 'node:tls'
import { type ClientLogin, type ClientTarget, TurnClient } from '#turn'
import type { RelayEcho } from './relay-echo.ts'

/** How many packets go there and back; the middle one of their times counts. */
const PROBES = 5
const ANSWER_WITHIN_MS = 1000

/** What a door is tried with. */
export type ProbeOptions = Readonly<{
  target: ClientTarget
  login: ClientLogin
  echo: RelayEcho
  /** The address that clients would name; the relay finds the echo behind it. */
  echoAnnounced: Readonly<{ ip: string; port: number }>
  family: 4 | 6
}>

/** What came of it. */
export type ProbeResult = Readonly<{ rttMs: number; certificate: PeerCertificate | undefined }>

/** The relay was made, but what was sent through it did not come back. */
export class NothingCameBack extends Error {
  override readonly name = 'NothingCameBack'
}

/**
 * Makes a relay, sends packets through it to the echo and back, and gives it back. Throws the
 * system's error, a `TurnRequestError`, or `NothingCameBack`.
 */
export async function probeRelay(options: ProbeOptions): Promise<ProbeResult> {
  const client = await TurnClient.connect(options.target, options.login)
  try {
    await client.allocate(options.family)
    await client.bindChannel(options.echoAnnounced)
    const times: number[] = []
    for (let count = 0; count < PROBES; count += 1) {
      times.push(await roundTrip(client, options.echo.probe()))
    }
    await client.release()
    const rttMs = times.toSorted((a, b) => a - b)[Math.floor(PROBES / 2)] ?? 0
    return { rttMs, certificate: client.certificate }
  } finally {
    client.close()
  }
}

async function roundTrip(client: TurnClient, payload: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const sentAtMs = performance.now()
  client.onPayload = (bytes) => {
    if (Buffer.compare(bytes, payload) === 0) resolve(performance.now() - sentAtMs)
  }
  const timer = setTimeout(() => reject(new NothingCameBack()), ANSWER_WITHIN_MS)
  client.send(payload)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
