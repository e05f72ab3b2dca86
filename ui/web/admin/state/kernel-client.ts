import type { KernelChanged, KernelDetails } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The kernel's part of the admin's API. */
export interface KernelClient {
  details(): Promise<Reply<KernelDetails>>
  apply(csrf: string): Promise<Reply<KernelChanged>>
  revert(csrf: string): Promise<Reply<KernelChanged>>
}

const ROOT = '/api/admin/kernel'

/** Speaks to the server that the page came from. */
export function createKernelClient(fetchJson: typeof fetch): KernelClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    details: () => read(ROOT),
    apply: (csrf) => change('POST', `${ROOT}/apply`, { csrf }),
    revert: (csrf) => change('POST', `${ROOT}/revert`, { csrf }),
  }
}
