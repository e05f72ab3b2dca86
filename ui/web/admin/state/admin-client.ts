import type { AdminSession, JoinLink } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

export type { Reply } from './json-api.ts'

/** The admin's API as the page uses it. */
export interface AdminClient {
  session(): Promise<Reply<AdminSession>>
  setUp(code: string, password: string): Promise<Reply<AdminSession>>
  logIn(password: string): Promise<Reply<AdminSession>>
  logOut(csrf: string): Promise<Reply<AdminSession>>
  createJoinLink(csrf: string, room: string): Promise<Reply<JoinLink>>
}

/** Speaks to the server that the page came from. */
export function createAdminClient(fetchJson: typeof fetch): AdminClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    session: () => read('/api/admin/session'),
    setUp: (code, password) => change('POST', '/api/admin/setup', { body: { code, password } }),
    logIn: (password) => change('POST', '/api/admin/login', { body: { password } }),
    logOut: (csrf) => change('POST', '/api/admin/logout', { csrf }),
    createJoinLink: (csrf, room) =>
      change('POST', '/api/admin/join-links', { csrf, body: { room } }),
  }
}
