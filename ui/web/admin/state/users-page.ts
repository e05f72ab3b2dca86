import { type ReadonlySignal, signal } from '@preact/signals'
import type { AccountDetails, Role, TotpOffer } from '#api'
import type { Reply } from './json-api.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'
import type { UsersClient, WantedAccount, WantedToken } from './users-client.ts'

/** What the users page needs besides the API. */
export type UsersPageDeps = PollDeps &
  Readonly<{
    client: UsersClient
    /** Takes over what a new cookie brings with it. */
    renewLogin: () => Promise<unknown>
  }>

const REFRESH_MS = 10_000

/** Who may log in, and what one does about it; each action answers what is wrong, or nothing. */
export class UsersPage extends PolledFacts<AccountDetails> {
  readonly #deps: UsersPageDeps
  readonly #client: UsersClient
  readonly #offer = signal<TotpOffer | undefined>(undefined)
  readonly #codes = signal<readonly string[] | undefined>(undefined)
  readonly #token = signal<string | undefined>(undefined)

  /** What an authenticator app is to take over, while that is shown. */
  readonly offer: ReadonlySignal<TotpOffer | undefined> = this.#offer
  /** Recovery codes, which are shown once. */
  readonly codes: ReadonlySignal<readonly string[] | undefined> = this.#codes
  /** A token that was just made, which is shown once. */
  readonly token: ReadonlySignal<string | undefined> = this.#token

  constructor(deps: UsersPageDeps) {
    super(deps, {
      fetch: () => deps.client.details(),
      delayMs: () => REFRESH_MS,
    })
    this.#deps = deps
    this.#client = deps.client
  }

  override close(): void {
    super.close()
    this.hideSecrets()
    this.hideToken()
  }

  /** Forgets what is shown once about one-time codes. */
  hideSecrets(): void {
    this.#offer.value = undefined
    this.#codes.value = undefined
  }

  hideToken(): void {
    this.#token.value = undefined
  }

  async changePassword(password: string, next: string): Promise<string | undefined> {
    return this.change(async (csrf) => {
      const reply = await this.#client.changePassword(csrf, password, next)
      if (reply.ok) await this.#deps.renewLogin()
      return reply
    })
  }

  async endOtherSessions(): Promise<string | undefined> {
    return this.change((csrf) => this.#client.endOtherSessions(csrf))
  }

  async endSession(id: string): Promise<string | undefined> {
    return this.change((csrf) => this.#client.endSession(csrf, id), 'SESSION_UNKNOWN')
  }

  /** Asks for what an authenticator app needs. */
  async offerTotp(password: string): Promise<string | undefined> {
    const reply = await this.#deps.withLogin((csrf) => this.#client.offerTotp(csrf, password))
    if (!reply.ok) return reply.message
    this.#offer.value = reply.value
    return undefined
  }

  async confirmTotp(code: string): Promise<string | undefined> {
    return this.#showCodes((csrf) => this.#client.confirmTotp(csrf, code))
  }

  async renewRecoveryCodes(password: string): Promise<string | undefined> {
    return this.#showCodes((csrf) => this.#client.renewRecoveryCodes(csrf, password))
  }

  async removeTotp(password: string): Promise<string | undefined> {
    return this.change((csrf) => this.#client.removeTotp(csrf, password))
  }

  async addAccount(wanted: WantedAccount): Promise<string | undefined> {
    return this.change((csrf) => this.#client.addAccount(csrf, wanted))
  }

  async removeAccount(name: string): Promise<string | undefined> {
    return this.change((csrf) => this.#client.removeAccount(csrf, name), 'ACCOUNT_UNKNOWN')
  }

  async setRole(name: string, role: Role): Promise<string | undefined> {
    return this.change((csrf) => this.#client.setRole(csrf, name, role))
  }

  async setPassword(name: string, password: string): Promise<string | undefined> {
    return this.change((csrf) => this.#client.setPassword(csrf, name, password))
  }

  async removeTotpOf(name: string): Promise<string | undefined> {
    return this.change((csrf) => this.#client.removeTotpOf(csrf, name))
  }

  async createToken(wanted: WantedToken): Promise<string | undefined> {
    return this.change(async (csrf) => {
      const reply = await this.#client.createToken(csrf, wanted)
      if (!reply.ok) return reply
      this.#token.value = reply.value.token
      return { ok: true, value: reply.value.details }
    })
  }

  async revokeToken(id: string): Promise<string | undefined> {
    return this.change((csrf) => this.#client.revokeToken(csrf, id), 'TOKEN_UNKNOWN')
  }

  async #showCodes(
    work: (
      csrf: string,
    ) => Promise<Reply<Readonly<{ codes: readonly string[]; details: AccountDetails }>>>,
  ): Promise<string | undefined> {
    return this.change(async (csrf) => {
      const reply = await work(csrf)
      if (!reply.ok) return reply
      this.#offer.value = undefined
      this.#codes.value = reply.value.codes
      return { ok: true, value: reply.value.details }
    })
  }
}
