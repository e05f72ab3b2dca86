import { type ReadonlySignal, signal } from '@preact/signals'
import type { AcmeOrderRequest, CertificateDetails, CertificateUpload } from '#api'
import type { CertificateClient } from './certificate-client.ts'
import type { Reply } from './json-api.ts'

/** What the certificate page needs besides the API. */
export type CertificatePageDeps = Readonly<{
  client: CertificateClient
  /** Runs a request with the log-in's CSRF token; an ended log-in leads away from the page. */
  withLogin: <T>(work: (csrf: string) => Promise<Reply<T>>) => Promise<Reply<T>>
  /** Whether somebody can see the page; while nobody can, nothing is asked. */
  isVisible: () => boolean
  /** Runs work later; returns how to call that off. */
  after: (delayMs: number, work: () => void) => () => void
}>

/** An order is watched step by step, everything else in passing. */
const ORDER_MS = 500
const REFRESH_MS = 3000

/** The facts about the certificate, kept current while the page is open, and what the admin does with it. */
export class CertificatePage {
  readonly #deps: CertificatePageDeps
  readonly #details = signal<CertificateDetails | undefined>(undefined)
  readonly #problem = signal<string | undefined>(undefined)
  #callOff: () => void = () => {}
  #isOpen = false
  /** Counts what the admin changed: facts that were asked for before are old by then. */
  #changes = 0

  /** `undefined` until the first arrive. */
  readonly details: ReadonlySignal<CertificateDetails | undefined> = this.#details
  /** Why the facts are not current, `undefined` while they are. */
  readonly problem: ReadonlySignal<string | undefined> = this.#problem

  constructor(deps: CertificatePageDeps) {
    this.#deps = deps
  }

  /** Fetches the facts now, and again until it is closed. */
  open(): void {
    this.#isOpen = true
    void this.#refresh()
  }

  close(): void {
    this.#isOpen = false
    this.#callOff()
  }

  /** Takes a certificate; answers what is wrong with it, `undefined` when it is in use. */
  async upload(upload: CertificateUpload): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.upload(csrf, upload))
  }

  /** Orders one; answers what is wrong with the order, `undefined` when it is on its way. */
  async order(request: AcmeOrderRequest): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.order(csrf, request))
  }

  /** Asks the authority again; answers why not, `undefined` when it is asked. */
  async orderNow(): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.orderNow(csrf))
  }

  /** Goes back to the self-signed one; answers what is wrong, `undefined` when it is in use. */
  async goBack(): Promise<string | undefined> {
    return this.#change((csrf) => this.#deps.client.goBack(csrf))
  }

  async #change(
    work: (csrf: string) => Promise<Reply<CertificateDetails>>,
  ): Promise<string | undefined> {
    const reply = await this.#deps.withLogin(work)
    this.#changes++
    if (!reply.ok) return reply.message
    this.#take(reply.value)
    this.#plan()
    return undefined
  }

  async #refresh(): Promise<void> {
    this.#callOff()
    const changes = this.#changes
    if (this.#deps.isVisible()) {
      const reply = await this.#deps.withLogin(() => this.#deps.client.details())
      if (!reply.ok) this.#problem.value = reply.message
      else if (changes === this.#changes) this.#take(reply.value)
    }
    this.#plan()
  }

  #plan(): void {
    this.#callOff()
    if (!this.#isOpen) return
    const isWorking = this.#details.value?.order?.isWorking === true
    const delayMs = isWorking ? ORDER_MS : REFRESH_MS
    this.#callOff = this.#deps.after(delayMs, () => void this.#refresh())
  }

  #take(details: CertificateDetails): void {
    this.#details.value = details
    this.#problem.value = undefined
  }
}
