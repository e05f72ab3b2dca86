import { createPrivateKey, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { type KeyPair, parseKeyPair } from '../key-pair.ts'
import { type Authority, broken, parseJson } from './authority.ts'
import type { ChallengeBoard } from './challenge-board.ts'
import { type AcmeAnswer, retryAfterMs } from './exchange.ts'
import {
  AcmeError,
  CHALLENGES,
  type ChallengeType,
  failedChallenge,
  parseProblem,
  refusedRequest,
} from './problems.ts'
import { makeKeys, makeRequest } from './signing-keys.ts'

const challengeSchema = z.object({
  type: z.string(),
  url: z.url().optional(),
  status: z.string().default('pending'),
  token: z.string().optional(),
  error: z.unknown().optional(),
})
const authorizationSchema = z.object({ status: z.string(), challenges: z.array(challengeSchema) })
const orderSchema = z.object({
  status: z.string(),
  authorizations: z.array(z.url()),
  finalize: z.url(),
  certificate: z.url().optional(),
  error: z.unknown().optional(),
})

type Authorization = z.output<typeof authorizationSchema>
type Order = z.output<typeof orderSchema>

/** What ordering one certificate takes. */
export type OrderOptions = Readonly<{
  authority: Authority
  domain: string
  challenge: ChallengeType
  board: ChallengeBoard
  /** Is told what is being done, as a sentence. */
  onStep: (text: string) => void
  /** Waits; rejects when the attempt is called off. */
  pause: (ms: number) => Promise<void>
  now: () => number
}>

/** How often the authority is asked whether it is done, and how long at most it says to wait in between. */
const POLLS = 40
const POLL_MS = 1500
const LONGEST_POLL_MS = 15_000

/** Orders a certificate, proves that the domain is ours, and fetches it with a new key (RFC 8555 §7.4). Throws an `AcmeError`. */
export async function orderCertificate(options: OrderOptions): Promise<KeyPair> {
  const { authority, domain, onStep } = options
  onStep(`Ordering a certificate for ${domain}.`)
  const answer = await authority.newOrder(domain)
  const url = answer.header('location')
  const order = parseJson(answer, orderSchema)
  if (url === undefined || order === undefined) throw broken('it answered with no order')
  for (const each of order.authorizations) await authorize(options, each)
  await pollOrder(options, url, (status) => status !== 'pending')
  onStep('Asking the authority to sign.')
  const { keys, pem } = await makeKeys()
  await authority.post(order.finalize, { csr: await makeRequest(domain, keys) })
  const done = await pollOrder(options, url, (status) => status === 'valid')
  if (done.certificate === undefined) throw broken('its order names no certificate')
  onStep('Fetching the certificate.')
  const { text } = await authority.post(
    done.certificate,
    undefined,
    'application/pem-certificate-chain',
  )
  return checked({ cert: text.endsWith('\n') ? text : `${text}\n`, key: pem }, domain)
}

async function authorize(options: OrderOptions, url: string): Promise<void> {
  const { authority, domain, challenge, board, onStep } = options
  const authorization = read(await authority.post(url), authorizationSchema)
  if (authorization.status === 'valid') return
  const { name, port } = CHALLENGES[challenge]
  const offered = authorization.challenges.find(({ type }) => type === challenge)
  const { token = '', url: answerAt } = offered ?? {}
  if (answerAt === undefined || !/^[\w-]+$/.test(token)) throw notOffered(authorization, challenge)
  const keyAuthorization = `${token}.${authority.key.thumbprint}`
  const takeDown = await board.post({ challenge, domain, token, keyAuthorization })
  try {
    await authority.post(answerAt, {})
    onStep(`The authority looks at ${domain} (${name}, port ${port}).`)
    await pollAuthorization(options, url)
  } finally {
    takeDown()
  }
}

async function pollAuthorization(options: OrderOptions, url: string): Promise<void> {
  const { domain, challenge } = options
  const isOver = ({ status }: Authorization) => status !== 'pending' && status !== 'processing'
  const authorization = await poll(options, url, authorizationSchema, isOver)
  if (authorization.status === 'valid') return
  const failed = authorization.challenges.find(({ error }) => error !== undefined)
  throw failedChallenge(parseProblem(failed?.error), domain, challenge)
}

async function pollOrder(
  options: OrderOptions,
  url: string,
  isEnough: (status: string) => boolean,
): Promise<Order> {
  const isOver = ({ status }: Order) => isEnough(status) || status === 'invalid'
  const order = await poll(options, url, orderSchema, isOver)
  if (order.status !== 'invalid') return order
  throw refusedRequest(parseProblem(order.error), 200, undefined)
}

async function poll<T>(
  { authority, pause, now }: OrderOptions,
  url: string,
  schema: z.ZodType<T>,
  isOver: (value: T) => boolean,
): Promise<T> {
  for (let asked = 0; asked < POLLS; asked += 1) {
    const answer = await authority.post(url)
    const value = read(answer, schema)
    if (isOver(value)) return value
    await pause(Math.min(retryAfterMs(answer, now()) ?? POLL_MS, LONGEST_POLL_MS))
  }
  throw new AcmeError(
    'ACME_REFUSED',
    'The authority did not come to an end in time.',
    'Nothing here: the authority is slow. It is tried again by itself.',
  )
}

function read<T>(answer: AcmeAnswer, schema: z.ZodType<T>): T {
  const value = parseJson(answer, schema)
  if (value === undefined) throw broken('an answer has another form')
  return value
}

function notOffered({ challenges }: Authorization, challenge: ChallengeType): AcmeError {
  const offered = challenges.map(({ type }) => type).join(', ')
  return new AcmeError(
    'ACME_CHALLENGE_FAILED',
    `The authority does not offer ${CHALLENGES[challenge].name}; it offers ${offered || 'nothing'}.`,
    'Choose another challenge, or another authority.',
    { type: 'notOffered' },
  )
}

function checked(pair: KeyPair, domain: string): KeyPair {
  const certificate = parseCertificate(pair.cert)
  if (certificate === undefined) throw broken('what it gave is no certificate')
  if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) {
    throw broken('the certificate is for another key')
  }
  if (certificate.checkHost(domain) === undefined) throw broken('the certificate has another name')
  if (parseKeyPair(pair) === undefined) throw broken('no server takes the chain that it gave')
  return pair
}

function parseCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}
