import type { AccountDetails, AuditPage, MadeToken, RecoveryCodes, Role, TotpOffer } from '#api'
import { createJsonApi, type Reply } from './json-api.ts'

type Facts = Promise<Reply<AccountDetails>>

/** A new account as an admin asks for it. */
export type WantedAccount = Readonly<{ name: string; role: Role; password: string }>

/** A new token; `days` is `null` where it is to hold until it is revoked. */
export type WantedToken = Readonly<{ name: string; role: Role; days: number | null }>

/** The part of the admin's API about who may do what, and who did it. */
export interface UsersClient {
  details(): Facts
  changePassword(csrf: string, password: string, next: string): Facts
  endOtherSessions(csrf: string): Facts
  endSession(csrf: string, id: string): Facts
  offerTotp(csrf: string, password: string): Promise<Reply<TotpOffer>>
  confirmTotp(csrf: string, code: string): Promise<Reply<RecoveryCodes>>
  renewRecoveryCodes(csrf: string, password: string): Promise<Reply<RecoveryCodes>>
  removeTotp(csrf: string, password: string): Facts
  addAccount(csrf: string, wanted: WantedAccount): Facts
  removeAccount(csrf: string, name: string): Facts
  setRole(csrf: string, name: string, role: Role): Facts
  setPassword(csrf: string, name: string, password: string): Facts
  removeTotpOf(csrf: string, name: string): Facts
  createToken(csrf: string, wanted: WantedToken): Promise<Reply<MadeToken>>
  revokeToken(csrf: string, id: string): Facts
  audit(query: Readonly<{ before?: number; find: string }>): Promise<Reply<AuditPage>>
}

const ROOT = '/api/admin'

/** Speaks to the server that the page came from. */
export function createUsersClient(fetchJson: typeof fetch): UsersClient {
  const { read, change } = createJsonApi(fetchJson)
  const account = (name: string) => `${ROOT}/accounts/${encodeURIComponent(name)}`
  return {
    details: () => read(`${ROOT}/accounts`),
    changePassword: (csrf, password, next) =>
      change('POST', `${ROOT}/own/password`, { csrf, body: { password, next } }),
    endOtherSessions: (csrf) => change('DELETE', `${ROOT}/own/other-sessions`, { csrf }),
    endSession: (csrf, id) => change('DELETE', `${ROOT}/sessions/${id}`, { csrf }),
    offerTotp: (csrf, password) => change('POST', `${ROOT}/own/totp`, { csrf, body: { password } }),
    confirmTotp: (csrf, code) =>
      change('POST', `${ROOT}/own/totp/confirm`, { csrf, body: { code } }),
    renewRecoveryCodes: (csrf, password) =>
      change('POST', `${ROOT}/own/totp/recovery-codes`, { csrf, body: { password } }),
    removeTotp: (csrf, password) =>
      change('POST', `${ROOT}/own/totp/remove`, { csrf, body: { password } }),
    addAccount: (csrf, body) => change('POST', `${ROOT}/accounts`, { csrf, body }),
    removeAccount: (csrf, name) => change('DELETE', account(name), { csrf }),
    setRole: (csrf, name, role) =>
      change('POST', `${account(name)}/role`, { csrf, body: { role } }),
    setPassword: (csrf, name, password) =>
      change('POST', `${account(name)}/password`, { csrf, body: { password } }),
    removeTotpOf: (csrf, name) => change('DELETE', `${account(name)}/totp`, { csrf }),
    createToken: (csrf, body) => change('POST', `${ROOT}/tokens`, { csrf, body }),
    revokeToken: (csrf, id) => change('DELETE', `${ROOT}/tokens/${id}`, { csrf }),
    audit: ({ before, find }) => {
      const query = new URLSearchParams({ find })
      if (before !== undefined) query.set('before', String(before))
      return read(`${ROOT}/audit?${query}`)
    },
  }
}
