import type { ConnectDetails, ConnectTrial, LivekitSecret } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The part of the admin's API about chat servers' settings. What changes the facts answers with the new ones. */
export interface ConnectClient {
  details(): Promise<Reply<ConnectDetails>>
  test(csrf: string): Promise<Reply<ConnectDetails>>
  trial(csrf: string): Promise<Reply<ConnectTrial>>
  rotateKey(csrf: string): Promise<Reply<LivekitSecret>>
  retireKey(csrf: string, key: string): Promise<Reply<ConnectDetails>>
  revealKey(csrf: string, key: string, password: string): Promise<Reply<LivekitSecret>>
}

const ROOT = '/api/admin/connect'

/** Speaks to the server that the page came from. */
export function createConnectClient(fetchJson: typeof fetch): ConnectClient {
  const { read, change } = createJsonApi(fetchJson)
  const at = (key: string) => `${ROOT}/livekit-keys/${encodeURIComponent(key)}`
  return {
    details: () => read(ROOT),
    test: (csrf) => change('POST', `${ROOT}/test`, { csrf }),
    trial: (csrf) => change('POST', `${ROOT}/trial`, { csrf }),
    rotateKey: (csrf) => change('POST', `${ROOT}/livekit-keys`, { csrf }),
    retireKey: (csrf, key) => change('DELETE', at(key), { csrf }),
    revealKey: (csrf, key, password) =>
      change('POST', `${at(key)}/reveal`, { csrf, body: { password } }),
  }
}
