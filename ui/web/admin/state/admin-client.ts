import type { AdminSession, JoinLink } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

export type { Reply } from './json-api.ts'

/** The first admin as the set-up page asks for it. */
export type NewAdmin = Readonly<{ name: string; password: string }>

/** What somebody logs in with; `code` where one was asked for. */
export type LoginProof = Readonly<{ name: string; password: string; code?: string }>

/** The admin's API as the page uses it. */
export interface AdminClient {
  session(): Promise<Reply<AdminSession>>
  setUp(code: string, who: NewAdmin): Promise<Reply<AdminSession>>
  logIn(proof: LoginProof): Promise<Reply<AdminSession>>
  logOut(csrf: string): Promise<Reply<AdminSession>>
  createJoinLink(csrf: string, room: string): Promise<Reply<JoinLink>>
}

/** Speaks to the server that the page came from. */
export function createAdminClient(fetchJson: typeof fetch): AdminClient {
  const { read, change } = createJsonApi(fetchJson)
  return {
    session: () => read('/api/admin/session'),
    setUp: (code, who) => change('POST', '/api/admin/setup', { body: { code, ...who } }),
    logIn: (proof) => change('POST', '/api/admin/login', { body: proof }),
    logOut: (csrf) => change('POST', '/api/admin/logout', { csrf }),
    createJoinLink: (csrf, room) =>
      change('POST', '/api/admin/join-links', { csrf, body: { room } }),
  }
}
