import type { AlertDetails, AlertTest } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The alerts' part of the admin's API. */
export interface AlertsClient {
  details(): Promise<Reply<AlertDetails>>
  /** Says nothing of an alert for so many minutes, 0 to speak again. */
  silence(csrf: string, id: string, minutes: number): Promise<Reply<AlertDetails>>
  test(csrf: string): Promise<Reply<AlertTest>>
}

const ROOT = '/api/admin/alerts'

/** Speaks to the server that the page came from. */
export function createAlertsClient(fetchJson: typeof fetch): AlertsClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    details: () => read(ROOT),
    silence: (csrf, id, minutes) =>
      change('POST', `${ROOT}/${encodeURIComponent(id)}/silence`, { csrf, body: { minutes } }),
    test: (csrf) => change('POST', `${ROOT}/test`, { csrf }),
  }
}
