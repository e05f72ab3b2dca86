import { type ReadonlySignal, signal } from '@preact/signals'
import type { ConnectDetails, LivekitSecret } from '#api'
import type { ConnectClient } from './connect-client.ts'
import type { ConnectSession } from './connect-session.ts'
import type { Reply } from './json-api.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'
import type { TryCall } from './sfu-trial.ts'

/** What the page needs besides the API. `origin` is the one that this browser has it from. */
export type ConnectPageDeps = PollDeps &
  Readonly<{
    client: ConnectClient
    tryCall: TryCall
    session: ConnectSession
    origin: string
  }>

const REFRESH_MS = 5000
const TESTING_MS = 1000

/** What chat servers need, kept current while the page is open, and what the admin does with it. */
export class ConnectPage extends PolledFacts<ConnectDetails> {
  readonly session: ConnectSession
  readonly #deps: ConnectPageDeps
  readonly #secret = signal<LivekitSecret | undefined>(undefined)
  readonly #isTesting = signal(false)

  /** The secret of a LiveKit key, once the admin has asked to see it. */
  readonly secret: ReadonlySignal<LivekitSecret | undefined> = this.#secret
  readonly isTesting: ReadonlySignal<boolean> = this.#isTesting

  constructor(deps: ConnectPageDeps) {
    super(deps, {
      fetch: () => deps.client.details(),
      delayMs: (details) => (details?.isTesting === true ? TESTING_MS : REFRESH_MS),
    })
    this.#deps = deps
    this.session = deps.session
  }

  /** Stops asking, and forgets the secret. */
  override close(): void {
    super.close()
    this.#secret.value = undefined
  }

  /** Has the server try itself; answers what is wrong with asking, `undefined` when the results have come. */
  async test(): Promise<string | undefined> {
    if (this.#isTesting.value) return undefined
    this.#isTesting.value = true
    const fault = await this.change((csrf) => this.#deps.client.test(csrf))
    this.#isTesting.value = false
    return fault
  }

  /** Makes a call from this browser; answers what is wrong with asking. */
  async tryCall(): Promise<string | undefined> {
    const { session, client, origin } = this.#deps
    if (session.call.value === 'running') return undefined
    const elsewhere = otherAddress(this.details.value?.livekitUrl, origin)
    if (elsewhere !== undefined) {
      return `Open this page at ${elsewhere} first: from here the browser does not let it reach another address.`
    }
    session.noteCall('running')
    const reply = await this.#deps.withLogin((csrf) => client.trial(csrf))
    session.noteCall(reply.ok ? await this.#deps.tryCall(reply.value) : undefined)
    return reply.ok ? undefined : reply.message
  }

  /** Makes a new key and shows it; answers what is wrong, `undefined` when it is there. */
  async rotateKey(): Promise<string | undefined> {
    const fault = await this.#show((csrf) => this.#deps.client.rotateKey(csrf))
    if (fault === undefined) await this.refresh()
    return fault
  }

  /** Shows the secret of a key; answers what is wrong, `undefined` when it is there. */
  async revealKey(key: string, password: string): Promise<string | undefined> {
    return this.#show((csrf) => this.#deps.client.revealKey(csrf, key, password))
  }

  hideSecret(): void {
    this.#secret.value = undefined
  }

  /** Forgets a previous key; answers what is wrong, `undefined` when it is gone. */
  async retireKey(key: string): Promise<string | undefined> {
    if (this.#secret.value?.key === key) this.hideSecret()
    return this.change((csrf) => this.#deps.client.retireKey(csrf, key))
  }

  async #show(work: (csrf: string) => Promise<Reply<LivekitSecret>>): Promise<string | undefined> {
    const reply = await this.#deps.withLogin(work)
    if (!reply.ok) return reply.message
    if (this.isOpen) this.#secret.value = reply.value
    return undefined
  }
}

/** Where the announced address is, if that is not where the page is from. */
function otherAddress(livekitUrl: string | undefined, origin: string): string | undefined {
  if (livekitUrl === undefined) return undefined
  const announced = livekitUrl.replace(/^ws/, 'http')
  return new URL(announced).origin === origin ? undefined : announced
}
