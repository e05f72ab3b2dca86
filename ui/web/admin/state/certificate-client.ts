import type { AcmeOrderRequest, CertificateDetails, CertificateUpload } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The certificate's part of the admin's API; each call answers with the facts. */
export interface CertificateClient {
  details(): Promise<Reply<CertificateDetails>>
  upload(csrf: string, upload: CertificateUpload): Promise<Reply<CertificateDetails>>
  order(csrf: string, request: AcmeOrderRequest): Promise<Reply<CertificateDetails>>
  orderNow(csrf: string): Promise<Reply<CertificateDetails>>
  goBack(csrf: string): Promise<Reply<CertificateDetails>>
}

const ROOT = '/api/admin/certificate'

/** Speaks to the server that the page came from. */
export function createCertificateClient(fetchJson: typeof fetch): CertificateClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    details: () => read(ROOT),
    upload: (csrf, body) => change('POST', `${ROOT}/upload`, { csrf, body }),
    order: (csrf, body) => change('POST', `${ROOT}/order`, { csrf, body }),
    orderNow: (csrf) => change('POST', `${ROOT}/order/now`, { csrf }),
    goBack: (csrf) => change('POST', `${ROOT}/self-signed`, { csrf }),
  }
}
