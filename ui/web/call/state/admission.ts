import { type Access, requestToken } from './access.ts'
import { linkProblem } from './problems.ts'
import { isInvite, readTokenClaims } from './token-claims.ts'

/** Trades this long before the end of a token: joining itself takes time, and clocks differ. */
const MARGIN_MS = 60_000

/** What admission needs: the link's token if any, and a way to the server. */
export type AdmissionOptions = Readonly<{
  roomName: string
  token: string | undefined
  fetchJson: typeof fetch
  now: () => number
}>

/**
 * Gets the token to join with. A link made for one person carries it; an invite is traded for one,
 * once, so that joining again is the same person again; without a link the server decides.
 */
export class Admission {
  readonly #options: AdmissionOptions
  #traded: string | undefined

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** The token, or the problem in words. `name` is used when the server makes a new one. */
  async ask(name: string): Promise<Access> {
    const { roomName, token, fetchJson } = this.#options
    if (token !== undefined && !isInvite(token)) return { ok: true, token }
    if (this.#traded !== undefined && this.#isFresh(this.#traded)) {
      return { ok: true, token: this.#traded }
    }
    const access = await requestToken(fetchJson, roomName, {
      name,
      ...(token === undefined ? {} : { invite: token }),
    })
    if (access.ok) this.#traded = access.token
    else if (token !== undefined && access.problem.code === 'not-allowed') {
      return { ok: false, problem: linkProblem({ expired: !this.#isFresh(token) }) }
    }
    return access
  }

  #isFresh(token: string): boolean {
    const expiresAtMs = readTokenClaims(token)?.expiresAtMs
    return expiresAtMs === undefined || expiresAtMs > this.#options.now() + MARGIN_MS
  }
}
