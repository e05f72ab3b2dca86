import type { CallDetails, CallList } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

/** The calls' part of the admin's API; each change answers with the call as it is then. */
export interface CallsClient {
  list(): Promise<Reply<CallList>>
  details(name: string): Promise<Reply<CallDetails>>
  mute(csrf: string, name: string, trackSid: string): Promise<Reply<CallDetails>>
  remove(csrf: string, name: string, identity: string): Promise<Reply<CallDetails>>
  end(csrf: string, name: string): Promise<Reply<CallDetails>>
}

const ROOT = '/api/admin/calls'

/** Speaks to the server that the page came from. */
export function createCallsClient(fetchJson: typeof fetch): CallsClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    list: () => read(ROOT),
    details: (name) => read(pathOf(name)),
    mute: (csrf, name, trackSid) =>
      change('POST', `${pathOf(name)}/mute`, { csrf, body: { trackSid } }),
    remove: (csrf, name, identity) =>
      change('POST', `${pathOf(name)}/remove`, { csrf, body: { identity } }),
    end: (csrf, name) => change('POST', `${pathOf(name)}/end`, { csrf }),
  }
}

/** Where a call's record is downloaded. */
export function recordPath(name: string): string {
  return `${pathOf(name)}/record`
}

function pathOf(name: string): string {
  return `${ROOT}/${encodeURIComponent(name)}`
}
