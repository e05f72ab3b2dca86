import type { AdminSession, ApiError, JoinLink } from '#api'

/** An answer of the server, or why there is none: `message` is for the reader as it stands. */
export type Reply<T> =
  | Readonly<{ ok: true; value: T }>
  | Readonly<{ ok: false; code: string; message: string }>

/** The admin's API as the page uses it. */
export interface AdminClient {
  session(): Promise<Reply<AdminSession>>
  setUp(code: string, password: string): Promise<Reply<AdminSession>>
  logIn(password: string): Promise<Reply<AdminSession>>
  logOut(csrf: string): Promise<Reply<AdminSession>>
  createJoinLink(csrf: string, room: string): Promise<Reply<JoinLink>>
}

const UNREACHABLE = {
  ok: false,
  code: 'UNREACHABLE',
  message: 'The server does not answer. Check that it runs and that this device is online.',
} as const

/** Speaks to the server that the page came from. */
export function createAdminClient(fetchJson: typeof fetch): AdminClient {
  const ask = <T>(path: string, init?: RequestInit) => exchange<T>(fetchJson, path, init)
  const post = <T>(path: string, body: object, csrf?: string) =>
    ask<T>(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
      },
      body: JSON.stringify(body),
    })
  return {
    session: () => ask('/api/admin/session'),
    setUp: (code, password) => post('/api/admin/setup', { code, password }),
    logIn: (password) => post('/api/admin/login', { password }),
    logOut: (csrf) => post('/api/admin/logout', {}, csrf),
    createJoinLink: (csrf, room) => post('/api/admin/join-links', { room }, csrf),
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
