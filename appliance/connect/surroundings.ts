import type { RelayEcho } from '../health/relay-echo.ts'
import type { TestedDoor } from '../health/relay-self-test.ts'
import type { KeyPair } from '../livekit-keys.ts'
import type { CertificateLife, CertificateSource } from '../tls/certificate-words.ts'
import { fails, type Outcome } from './connect-test.ts'
import { type Answer, NoAnswer } from './strict-request.ts'

/** What the tests look at: the appliance as chat servers are told of it. */
export type Surroundings = Readonly<{
  /** What chat servers are given: a host name or an IP, and what it stands for. */
  host: string
  ip: string
  ipv6: string | undefined
  publicOrigin: string
  /** The ways into TURN by one address. */
  doors: (ip: string) => readonly TestedDoor[]
  echo: RelayEcho
  echoAnnounced: Readonly<{ ip: string; port: number }>
  family: 4 | 6
  turnSecret: () => string
  /** The user id of our own tries, which count for nobody. */
  testUser: string
  apiKey: string
  livekitKey: () => KeyPair
  /** The certificate in use, PEM; `undefined` without one. */
  certificate: () => string | undefined
  certificateSource: () => CertificateSource
  certificateLife: () => CertificateLife | undefined
  /** Resolves a name as chat servers on this machine would. */
  lookup: (host: string) => Promise<readonly string[]>
  nowMs: () => number
}>

/** What to do when the announced address does not lead here. */
export function reachFix(host: string, port: string): string {
  return (
    `See that public_address (now ${host}) is right and that ${port} is open. If a router maps the address to ` +
    'this machine, it has to lead machines behind it there too (NAT loopback), or the name has to resolve to ' +
    'the inner address there; a test from a browser elsewhere then tells more.'
  )
}

/** Judges an answer of the web port, or that there was none. */
export async function judged(
  about: Surroundings,
  asking: Promise<Answer>,
  judge: (answer: Answer) => Outcome,
): Promise<Outcome> {
  try {
    const answer = await asking
    return doubted(judge(answer), answer.distrust)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return unanswered(about, error)
  }
}

/** What works only for clients that believe any certificate works for none. */
export function doubted(outcome: Outcome, distrust: string | undefined): Outcome {
  if (distrust === undefined || outcome.state !== 'ok') return outcome
  const detail = `${outcome.detail} But clients do not get that far. ${distrust}`
  return { state: 'warning', detail, fix: SEE_CERTIFICATE }
}

const SEE_CERTIFICATE = 'Mend what is said of the certificate.'

/** Says that nobody answered, and where to look. */
export function unanswered({ host, publicOrigin }: Surroundings, error: NoAnswer): Outcome {
  const { port, host: at } = new URL(publicOrigin)
  const detail = `${at}: ${error.message}`
  if (error.isStranger) {
    const fix = `Another machine answers at that address. Set public_address to the address of this one (now ${host}), or mend its name.`
    return fails(detail, fix)
  }
  return fails(detail, reachFix(host, `port ${port || '443'}/tcp (web.https_port)`))
}
