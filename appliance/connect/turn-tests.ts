import { createHmac } from 'node:crypto'
import { type ClientLogin, TurnRequestError } from '#turn'
import { messageOf, systemErrorCode } from '../errors.ts'
import { judgeCertificate } from '../health/certificate-verdict.ts'
import { NothingCameBack, probeRelay } from '../health/relay-probe.ts'
import type { TestedDoor } from '../health/relay-self-test.ts'
import { doorName } from '../relay/door-names.ts'
import { fails, type Outcome, type Trial, works } from './connect-test.ts'
import { ask } from './strict-request.ts'
import { judged, reachFix, type Surroundings } from './surroundings.ts'

const LOGIN_SECONDS = 60

/** What chat servers that hand out TURN credentials do, and what their clients do then. */
export function turnTrials(about: Surroundings): readonly Trial[] {
  const doors = about.doors(about.ip).map(({ door }, index) => ({
    id: `turn-${door}`,
    title: `TURN over ${doorName(door)}: a relay by the shared secret`,
    run: () => relay(about, index),
  }))
  const rest = {
    id: 'turn-rest',
    title: 'TURN: credentials by the REST API',
    run: () => rests(about),
  }
  return [...doors, rest]
}

/**
 * Makes a login as Mattermost Calls, Nextcloud and Synapse make theirs, apart from the code that makes
 * ours (draft-uberti-behave-turn-rest-00 §2.2).
 */
export function restLogin(secret: string, id: string, nowMs: number): ClientLogin {
  const username = `${Math.floor(nowMs / 1000) + LOGIN_SECONDS}:${id}`
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') }
}

async function relay(about: Surroundings, index: number): Promise<Outcome> {
  const addresses = await about.lookup(about.host).catch(() => [])
  const ip = addresses[0]
  const tested = about.doors(ip ?? about.ip)[index]
  if (ip === undefined || tested === undefined) {
    return fails(`${about.host} does not resolve.`, 'Mend what is said of the name.')
  }
  const { echo, echoAnnounced, family, testUser } = about
  const login = restLogin(about.turnSecret(), testUser, about.nowMs())
  try {
    const probe = { target: tested.target, login, echo, echoAnnounced, family }
    const { rttMs, certificate } = await probeRelay(probe)
    const way = `${ip}:${tested.target.port}`
    const detail = `Credentials made from the shared secret got a relay at ${way}; packets went there and back in ${rttMs.toFixed(1)} ms.`
    if (certificate === undefined) return works(detail)
    const { host, nowMs } = about
    const judgement = { host, source: about.certificateSource(), nowMs: nowMs() }
    const { ok, problem, fix = '' } = judgeCertificate(certificate, judgement)
    if (problem === undefined) return works(detail)
    return { state: ok ? 'warning' : 'failed', detail: `${detail} But: ${problem}`, fix }
  } catch (error) {
    return explain(error, about, tested)
  }
}

function explain(error: unknown, { host }: Surroundings, tested: TestedDoor): Outcome {
  const { door, target, option } = tested
  if (error instanceof NothingCameBack) {
    return fails(
      `A relay was made over ${doorName(door)}, but no packet came back through it.`,
      'Let UDP to and from the relay ports (turn.relay_port_min to turn.relay_port_max) through the firewall.',
    )
  }
  const code = error instanceof TurnRequestError ? error.code : undefined
  if (code === 401) {
    return fails(
      'The relay refused credentials made from the shared secret (401).',
      `Another TURN server answers at ${host}, or a clock is wrong: compare public_address and the time.`,
    )
  }
  if (code !== undefined) {
    return fails(
      `The relay refused with ${code}.`,
      'The page TURN tells what the relay refuses, and why.',
    )
  }
  const port = `port ${target.port}/${target.transport === 'udp' ? 'udp' : 'tcp'}`
  const isSilence = error instanceof TurnRequestError && error.isSilence
  const isRefused = systemErrorCode(error) === 'ECONNREFUSED'
  const why = isRefused
    ? 'Nobody listens there.'
    : isSilence
      ? 'No answer.'
      : `${messageOf(error)}.`
  return fails(`${target.ip}, ${port}: ${why}`, reachFix(host, `${port} (${option})`))
}

async function rests(about: Surroundings): Promise<Outcome> {
  const url = `${about.publicOrigin}/api/turn?service=turn&username=callbox-test`
  const headers = { authorization: `Bearer ${about.apiKey}` }
  return judged(about, ask(about.certificate(), url, { headers }), ({ status, text }) => {
    const uris = status === 200 ? urisIn(text) : undefined
    if (uris === undefined) {
      const fix = 'Another server answers there, or a proxy in front does not pass /api/turn on.'
      return fails(`The answer was ${status}, without credentials.`, fix)
    }
    return works(`The API key got credentials for ${uris} relay addresses.`)
  })
}

function urisIn(text: string): number | undefined {
  try {
    const { username, password, uris } = JSON.parse(text)
    const isWhole = typeof username === 'string' && typeof password === 'string'
    return isWhole && Array.isArray(uris) && uris.length > 0 ? uris.length : undefined
  } catch {
    return undefined // a page of somebody else's
  }
}
