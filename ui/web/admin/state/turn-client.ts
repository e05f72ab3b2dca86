import type { TurnDetails, TurnRestCredentials, TurnSecret } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The TURN server's part of the admin's API. What changes the facts answers with the new ones. */
export interface TurnClient {
  details(): Promise<Reply<TurnDetails>>
  runSelfTest(csrf: string): Promise<Reply<TurnDetails>>
  /** Credentials with which this browser may try the relay for a few minutes. */
  testCredentials(csrf: string): Promise<Reply<TurnRestCredentials>>
  disconnect(csrf: string, id: string): Promise<Reply<TurnDetails>>
  rotateSecret(csrf: string): Promise<Reply<TurnSecret>>
  retireSecret(csrf: string, id: string): Promise<Reply<TurnDetails>>
  revealSecret(csrf: string, password: string): Promise<Reply<TurnSecret>>
}

const ROOT = '/api/admin/turn'

/** Speaks to the server that the page came from. */
export function createTurnClient(fetchJson: typeof fetch): TurnClient {
  const { read, change } = createJsonApi(fetchJson)
  const at = (path: string, id: string) => `${ROOT}/${path}/${encodeURIComponent(id)}`
  return {
    details: () => read(ROOT),
    runSelfTest: (csrf) => change('POST', `${ROOT}/self-test`, { csrf }),
    testCredentials: (csrf) => change('POST', `${ROOT}/credentials`, { csrf }),
    disconnect: (csrf, id) => change('DELETE', at('allocations', id), { csrf }),
    rotateSecret: (csrf) => change('POST', `${ROOT}/secret`, { csrf }),
    retireSecret: (csrf, id) => change('DELETE', at('previous-secrets', id), { csrf }),
    revealSecret: (csrf, password) =>
      change('POST', `${ROOT}/secret/reveal`, { csrf, body: { password } }),
  }
}
