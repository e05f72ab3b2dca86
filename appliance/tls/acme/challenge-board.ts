import { createHash } from 'node:crypto'
import type { KeyPair } from '../key-pair.ts'
import { makeChallengeCertificate } from './challenge-certificate.ts'
import type { ChallengeType } from './problems.ts'

/** One proof that the authority waits for; `keyAuthorization` as RFC 8555 §8.1 makes it. */
export type Proof = Readonly<{
  challenge: ChallengeType
  domain: string
  token: string
  keyAuthorization: string
}>

/** What the doors answer authorities with, as long as they are expected. */
export class ChallengeBoard {
  readonly #texts = new Map<string, string>()
  readonly #certificates = new Map<string, KeyPair>()

  /** Puts a proof up; returns how to take it down. */
  async post(proof: Proof): Promise<() => void> {
    const { challenge, domain, token, keyAuthorization } = proof
    if (challenge === 'http-01') {
      this.#texts.set(token, keyAuthorization)
      return () => this.#texts.delete(token)
    }
    const digest = createHash('sha256').update(keyAuthorization).digest()
    const name = domain.toLowerCase()
    this.#certificates.set(name, await makeChallengeCertificate(name, digest))
    return () => this.#certificates.delete(name)
  }

  /** The answer to `GET /.well-known/acme-challenge/<token>` (RFC 8555 §8.3); `undefined` when none is pending. */
  textFor(token: string): string | undefined {
    return this.#texts.get(token)
  }

  /** The certificate for a handshake with `acme-tls/1` (RFC 8737 §3); `undefined` when none is pending. */
  certificateFor(serverName: string): KeyPair | undefined {
    return this.#certificates.get(serverName.toLowerCase())
  }

  /** Whether a handshake may come that wants a challenge's certificate. */
  get expectsHandshakes(): boolean {
    return this.#certificates.size > 0
  }
}
