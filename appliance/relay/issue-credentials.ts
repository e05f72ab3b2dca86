import type { TurnRestCredentials } from '#api'
import { type IssuedCredentials, issueCredentials } from '#turn'
import { type IceAddress, turnUrls } from '../ice-urls.ts'
import type { TurnSecrets } from './turn-secrets.ts'

/** The longest life that chat servers ask for is a week; the engine believes no longer ones. */
export const MAX_LIFETIME_SECONDS = 7 * 86_400

/** Makes credentials with the secret of the moment; without `lifetimeSeconds`, for the configured time. */
export type IssueCredentials = (id: string, lifetimeSeconds?: number) => IssuedCredentials

/** Creates the issuer that everything in this process uses. */
export function credentialsIssuer(
  secrets: Pick<TurnSecrets, 'current'>,
  defaultLifetimeSeconds: () => number,
  nowMs: () => number = Date.now,
): IssueCredentials {
  return (id, lifetimeSeconds = defaultLifetimeSeconds()) =>
    issueCredentials({
      secret: secrets.current(),
      id,
      lifetimeSeconds: Math.min(lifetimeSeconds, MAX_LIFETIME_SECONDS),
      nowSeconds: Math.floor(nowMs() / 1000),
    })
}

/** Answers a chat server's question for credentials (draft-uberti-behave-turn-rest-00 §2.2). */
export function restCredentials(
  { username, password, expiresAtSeconds }: IssuedCredentials,
  ice: IceAddress,
  nowMs: number,
): TurnRestCredentials {
  const ttl = expiresAtSeconds - Math.floor(nowMs / 1000)
  return { username, password, ttl, uris: turnUrls(ice) }
}
