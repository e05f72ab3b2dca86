import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import type { KeyPair } from '../key-pair.ts'
import { loadAccountKey } from './account-keys.ts'
import { Authority } from './authority.ts'
import type { ChallengeBoard } from './challenge-board.ts'
import { createExchange } from './exchange.ts'
import { orderCertificate } from './order.ts'
import { AcmeError, CHALLENGES, type ChallengeType } from './problems.ts'
import type { AcmeSettings } from './settings.ts'

/** What a certificate is got with. */
export type IssueOptions = Readonly<{
  settings: AcmeSettings
  dataDir: string
  board: ChallengeBoard
  /** Whether plain HTTP is answered for everybody, without which HTTP-01 is in vain. */
  answersHttp: boolean
  onStep: (text: string) => void
  signal: AbortSignal
  now: () => number
}>

/** What the authority would find whichever way it looks. */
const ANY_CHALLENGE_FAILS = ['dns', 'caa', 'rejectedIdentifier']

/** Gets a certificate from the authority. Throws an `AcmeError`, or ACME_ACCOUNT_UNREADABLE. */
export async function issueCertificate(options: IssueOptions): Promise<KeyPair> {
  const { settings, dataDir, onStep, signal, now, board } = options
  const { domain, email, directoryUrl } = settings
  const key = await loadAccountKey(dataDir, directoryUrl)
  const exchange = createExchange(await authorityCa(settings), signal)
  try {
    onStep(`Asking the authority at ${new URL(directoryUrl).host}.`)
    const authority = await Authority.find(exchange, directoryUrl, key, now)
    await authority.openAccount(email)
    const pause = (ms: number) => delay(ms, undefined, { signal })
    return await tryEach(challengesOf(options), onStep, (challenge) =>
      orderCertificate({ authority, domain, challenge, board, onStep, pause, now }),
    )
  } finally {
    exchange.close()
  }
}

/** The challenges to try, in order. */
export function challengesOf({
  settings: { challenge },
  answersHttp,
}: Pick<IssueOptions, 'settings' | 'answersHttp'>): readonly ChallengeType[] {
  if (challenge !== 'auto') return [challenge]
  return answersHttp ? ['http-01', 'tls-alpn-01'] : ['tls-alpn-01']
}

async function tryEach(
  challenges: readonly ChallengeType[],
  onStep: (text: string) => void,
  order: (challenge: ChallengeType) => Promise<KeyPair>,
): Promise<KeyPair> {
  const failures: AcmeError[] = []
  for (const challenge of challenges) {
    try {
      return await order(challenge)
    } catch (error) {
      if (!(error instanceof AcmeError) || error.code !== 'ACME_CHALLENGE_FAILED') throw error
      failures.push(error)
      if (ANY_CHALLENGE_FAILS.includes(error.type)) break
      onStep(`${CHALLENGES[challenge].name} failed.`)
    }
  }
  throw joined(failures)
}

function joined(failures: readonly AcmeError[]): Error {
  const [first] = failures
  if (first === undefined) return new Error('no challenge to try')
  if (failures.length === 1) return first
  return new AcmeError(
    'ACME_CHALLENGE_FAILED',
    failures.map(({ message }) => message).join(' '),
    `One of the two is enough. ${[...new Set(failures.map(({ fix }) => fix))].join(' ')}`,
    { type: first.type },
  )
}

async function authorityCa(settings: AcmeSettings): Promise<string | undefined> {
  const { directoryCa, directoryCaFile } = settings
  if (directoryCaFile === '') return directoryCa === '' ? undefined : directoryCa
  try {
    return await readFile(directoryCaFile, 'utf8')
  } catch (error) {
    throw new AcmeError(
      'ACME_UNREACHABLE',
      `web.tls.directory_ca_file = ${directoryCaFile} cannot be read: ${messageOf(error)}.`,
      'Correct the path, or let the user of the appliance read the file.',
      { cause: error },
    )
  }
}
