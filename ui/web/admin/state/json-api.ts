import type { ApiError } from '#api'

/** An answer of the server, or why there is none: `message` is for the reader as it stands. */
export type Reply<T> =
  | Readonly<{ ok: true; value: T }>
  | Readonly<{ ok: false; code: string; message: string }>

/** What a request that changes something carries. */
export type Change = Readonly<{ csrf?: string; body?: object }>

/** Asks the server that the page came from, in JSON. */
export interface JsonApi {
  read<T>(path: string): Promise<Reply<T>>
  change<T>(method: 'POST' | 'DELETE', path: string, change?: Change): Promise<Reply<T>>
}

const UNREACHABLE = {
  ok: false,
  code: 'UNREACHABLE',
  message: 'The server does not answer. Check that it runs and that this device is online.',
} as const

/** Speaks by way of a `fetch`. */
export function createJsonApi(fetchJson: typeof fetch): JsonApi {
  return {
    read: (path) => exchange(fetchJson, path, undefined),
    change: (method, path, { csrf, body = {} } = {}) =>
      exchange(fetchJson, path, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
        },
        ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
      }),
  }
}

async function exchange<T>(
  fetchJson: typeof fetch,
  path: string,
  init: RequestInit | undefined,
): Promise<Reply<T>> {
  const response = await fetchJson(path, init).catch(ignoreNetworkFailure)
  if (response === undefined) return UNREACHABLE
  const body: unknown = await response.json().catch(ignoreNetworkFailure)
  if (response.ok && body !== undefined) return { ok: true, value: body as T }
  return isApiError(body) ? { ok: false, ...body.error } : UNREACHABLE
}

/** fetch reports a broken network as TypeError, a proxy's page instead of JSON as SyntaxError. */
function ignoreNetworkFailure(error: unknown): undefined {
  if (error instanceof TypeError || error instanceof SyntaxError) return undefined
  throw error
}

function isApiError(body: unknown): body is ApiError {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'message' in error && 'code' in error
}
