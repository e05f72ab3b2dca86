import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { AdminSession, JoinLink, Role } from '#api'
import type { AdminClient, LoginProof, NewAdmin, Reply } from './admin-client.ts'
import type { LiveFeed } from './live-feed.ts'

/** What the page shows. */
export type Scene =
  | Readonly<{ name: 'loading' }>
  | Readonly<{ name: 'unreachable'; message: string }>
  /** `code` is the set-up link's; without it the reader is told where to find the link. */
  | Readonly<{ name: 'setup'; code: string | undefined }>
  /** `notice` says why one has to log in, where that is not plain. */
  | Readonly<{ name: 'login'; notice: string | undefined }>
  | Readonly<{ name: 'dashboard'; feed: LiveFeed }>

/** Who is logged in. */
export type LoggedIn = Readonly<Pick<AdminSession & { state: 'logged-in' }, 'name' | 'role'>>

/** Why somebody was not let in; `CODE_NEEDED` asks for the second step. */
export type Refusal = Readonly<{ code: string; message: string }>

/** What the page needs besides the API. */
export type AdminPageDeps = Readonly<{
  client: AdminClient
  /** The code of a set-up link, `undefined` when the page was not opened by one. */
  setupCode: string | undefined
  createFeed: (onLoggedOut: () => void) => LiveFeed
}>

/** Decides what the page shows: set-up, log-in or the dashboard. Knows no view. */
export class AdminPage {
  readonly #deps: AdminPageDeps
  readonly #scene = signal<Scene>({ name: 'loading' })
  readonly #account = signal<LoggedIn | undefined>(undefined)
  #csrf = ''

  readonly scene: ReadonlySignal<Scene> = this.#scene
  /** `undefined` while nobody is logged in. */
  readonly account: ReadonlySignal<LoggedIn | undefined> = this.#account
  /** What whoever is logged in may do; views hide or disable the rest and say why. */
  readonly role: ReadonlySignal<Role> = computed(() => this.#account.value?.role ?? 'viewer')

  constructor(deps: AdminPageDeps) {
    this.#deps = deps
  }

  /** Asks the server who is here. */
  async open(): Promise<void> {
    this.#scene.value = { name: 'loading' }
    const reply = await this.#deps.client.session()
    if (reply.ok) this.#show(reply.value, this.#staleLinkNotice())
    else this.#scene.value = { name: 'unreachable', message: reply.message }
  }

  /** Makes the first admin; answers what is wrong, `undefined` when it went well. */
  async setUp(who: NewAdmin): Promise<string | undefined> {
    const refusal = this.#enter(await this.#deps.client.setUp(this.#deps.setupCode ?? '', who))
    return refusal?.message
  }

  /** Logs in; answers what is wrong, `undefined` when it went well. */
  async logIn(proof: LoginProof): Promise<Refusal | undefined> {
    return this.#enter(await this.#deps.client.logIn(proof))
  }

  /** Shows the log-in page, as for a viewer while there is no admin. */
  offerLogIn(): void {
    this.#scene.value = { name: 'login', notice: undefined }
  }

  /** Logs out; answers what is wrong, `undefined` when it went well. */
  async logOut(): Promise<string | undefined> {
    const reply = await this.#deps.client.logOut(this.#csrf)
    if (!reply.ok && reply.code !== 'LOGIN_REQUIRED') return reply.message
    this.#leave('You are logged out.')
    return undefined
  }

  /** Makes a link that lets whoever has it into a room. */
  async createJoinLink(room: string): Promise<Reply<JoinLink>> {
    return this.withLogin((csrf) => this.#deps.client.createJoinLink(csrf, room))
  }

  /** Runs a request that needs the log-in; when that has ended, the log-in page says so. */
  async withLogin<T>(work: (csrf: string) => Promise<Reply<T>>): Promise<Reply<T>> {
    const reply = await work(this.#csrf)
    const hasEnded = !reply.ok && reply.code === 'LOGIN_REQUIRED'
    if (hasEnded && this.#scene.value.name === 'dashboard') this.#leave(ENDED)
    return reply
  }

  /** Whether the log-in still holds; takes over its CSRF token and role, which may have changed. */
  async isLoggedIn(): Promise<'yes' | 'no' | 'unreachable'> {
    const reply = await this.#deps.client.session()
    if (!reply.ok) return 'unreachable'
    if (reply.value.state !== 'logged-in') return 'no'
    this.#take(reply.value)
    return 'yes'
  }

  #enter(reply: Reply<AdminSession>): Refusal | undefined {
    if (!reply.ok) return reply
    this.#show(reply.value, undefined)
    return undefined
  }

  #show(session: AdminSession, notice: string | undefined): void {
    if (session.state === 'needs-setup') {
      this.#scene.value = { name: 'setup', code: this.#deps.setupCode }
    } else if (session.state === 'logged-out') {
      this.#scene.value = { name: 'login', notice }
    } else {
      this.#take(session)
      const feed = this.#deps.createFeed(() => this.#leave(ENDED))
      this.#scene.value = { name: 'dashboard', feed }
      feed.start()
    }
  }

  #take({ csrf, name, role }: Extract<AdminSession, { state: 'logged-in' }>): void {
    this.#csrf = csrf
    this.#account.value = { name, role }
  }

  #leave(notice: string): void {
    const scene = this.#scene.value
    if (scene.name === 'dashboard') scene.feed.stop()
    this.#csrf = ''
    this.#account.value = undefined
    this.#scene.value = { name: 'login', notice }
  }

  #staleLinkNotice(): string | undefined {
    if (this.#deps.setupCode === undefined) return undefined
    return 'There is an admin already, and the set-up link works once. Log in with name and password.'
  }
}

const ENDED = 'Your log-in has ended. Log in again to go on.'
