import type { AcmeOrderRequest, CertificateDetails, CertificateUpload } from '#api'
import type { CertificateClient } from './certificate-client.ts'
import { type PollDeps, PolledFacts } from './polled-facts.ts'

/** What the certificate page needs besides the API. */
export type CertificatePageDeps = PollDeps & Readonly<{ client: CertificateClient }>

/** An order is watched step by step, everything else in passing. */
const ORDER_MS = 500
const REFRESH_MS = 3000

/** The facts about the certificate, kept current while the page is open, and what the admin does with it. */
export class CertificatePage extends PolledFacts<CertificateDetails> {
  readonly #client: CertificateClient

  constructor(deps: CertificatePageDeps) {
    super(deps, {
      fetch: () => deps.client.details(),
      delayMs: (details) => (details?.order?.isWorking === true ? ORDER_MS : REFRESH_MS),
    })
    this.#client = deps.client
  }

  /** Takes a certificate; answers what is wrong with it, `undefined` when it is in use. */
  async upload(upload: CertificateUpload): Promise<string | undefined> {
    return this.change((csrf) => this.#client.upload(csrf, upload))
  }

  /** Orders one; answers what is wrong with the order, `undefined` when it is on its way. */
  async order(request: AcmeOrderRequest): Promise<string | undefined> {
    return this.change((csrf) => this.#client.order(csrf, request))
  }

  /** Asks the authority again; answers why not, `undefined` when it is asked. */
  async orderNow(): Promise<string | undefined> {
    return this.change((csrf) => this.#client.orderNow(csrf))
  }

  /** Goes back to the self-signed one; answers what is wrong, `undefined` when it is in use. */
  async goBack(): Promise<string | undefined> {
    return this.change((csrf) => this.#client.goBack(csrf))
  }
}
