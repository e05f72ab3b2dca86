import type { SelfTestResult, TurnDoor } from '#api'
import { type ClientLogin, type ClientTarget, TurnRequestError } from '#turn'
import { messageOf, systemErrorCode } from '../errors.ts'
import { doorName } from '../relay/door-names.ts'
import type { CertificateSource } from '../tls/certificate-words.ts'
import { type CertificateVerdict, judgeCertificate } from './certificate-verdict.ts'
import type { RelayEcho } from './relay-echo.ts'
import { NothingCameBack, probeRelay } from './relay-probe.ts'

/** One way into the TURN server, as it is tried; `option` names the setting of its port. */
export type TestedDoor = Readonly<{ door: TurnDoor; target: ClientTarget; option: string }>

/** What the self-test stands on. */
export type SelfTestOptions = Readonly<{
  doors: readonly TestedDoor[]
  /** Doors that are known to be shut, said without a try. */
  shut?: readonly SelfTestResult[]
  /** Makes a login that is good for a minute. */
  login: () => ClientLogin
  echo: RelayEcho
  /** The address that clients would name the echo by. */
  echoAnnounced: Readonly<{ ip: string; port: number }>
  family: 4 | 6
  /** What clients are given as the server's name. */
  host: string
  /** Where the certificate came from. */
  source: CertificateSource
  /** Unix milliseconds. */
  now?: () => number
}>

/**
 * Tries the relay through every door: one after the other, so that none disturbs another's time. UDP
 * loses packets, and a machine may be busy for a moment: what fails is tried once more, all at once.
 */
export async function testRelay(options: SelfTestOptions): Promise<readonly SelfTestResult[]> {
  const first: SelfTestResult[] = []
  for (const door of options.doors) first.push(await tryDoor(door, options))
  const results = options.doors.map((door, index) => {
    const result = first[index]
    return result === undefined || isUnreached(result) ? tryDoor(door, options) : result
  })
  return [...(await Promise.all(results)), ...(options.shut ?? [])]
}

/** A bad certificate does not get better by trying again. */
function isUnreached({ ok, rttMs }: SelfTestResult): boolean {
  return !ok && rttMs === undefined
}

async function tryDoor(tested: TestedDoor, options: SelfTestOptions): Promise<SelfTestResult> {
  const { door: transport, target } = tested
  const { login, echo, echoAnnounced, family } = options
  try {
    const probe = { target, login: login(), echo, echoAnnounced, family }
    const { rttMs, certificate } = await probeRelay(probe)
    const nowMs = (options.now ?? Date.now)()
    const verdict: CertificateVerdict = certificate
      ? judgeCertificate(certificate, { ...options, nowMs })
      : { ok: true }
    return { transport, ok: verdict.ok, rttMs, problem: verdict.problem, fix: verdict.fix }
  } catch (error) {
    return { transport, ok: false, rttMs: undefined, ...explain(error, tested) }
  }
}

/** Says what a failure means, as far as it can be told from here. */
function explain(
  error: unknown,
  { door, target, option }: TestedDoor,
): Readonly<{ problem: string; fix: string }> {
  const port = `${target.port}/${target.transport === 'udp' ? 'udp' : 'tcp'} (${option})`
  if (error instanceof NothingCameBack) {
    return {
      problem: `A relay was made over ${doorName(door)}, but no packet came back through it.`,
      fix: 'Let UDP to and from the relay ports (turn.relay_port_min to turn.relay_port_max) through the firewall of this machine.',
    }
  }
  const code = error instanceof TurnRequestError ? error.code : undefined
  if (code === 486 || code === 508) {
    return {
      problem: `The relay is full (${code}).`,
      fix: 'Raise turn.limits.allocations or widen the relay ports; callbox_turn_allocations of /metrics tells how many there are.',
    }
  }
  if (code !== undefined) {
    return {
      problem: `The relay refused the appliance itself with ${code} over ${doorName(door)}.`,
      fix: 'Look at the lines of turn in the log around this time.',
    }
  }
  if (systemErrorCode(error) === 'ECONNREFUSED') {
    return {
      problem: `Nobody listens on port ${port}.`,
      fix: 'Look in the log for why that door was not opened, and for a firewall here that rejects it.',
    }
  }
  const isSilence = error instanceof TurnRequestError && error.isSilence
  return {
    problem: `No answer on port ${port}${isSilence ? '' : `: ${messageOf(error)}`}.`,
    fix: 'Let the firewall of this machine accept that port, from loopback too.',
  }
}
