import type { Problem } from './model.ts'
import { accessProblem, unreachableProblem } from './problems.ts'

/** A token, or why there is none. */
export type Access =
  | Readonly<{ ok: true; token: string }>
  | Readonly<{ ok: false; problem: Problem }>

/** Who wants to join, and the token of the invite they came by, if they did. */
export type Applicant = Readonly<{ name: string; invite?: string }>

/** Asks the server for a token to a call (`POST /api/call/<room>/token`). */
export async function requestToken(
  fetchJson: typeof fetch,
  roomName: string,
  applicant: Applicant,
): Promise<Access> {
  const path = `/api/call/${encodeURIComponent(roomName)}/token`
  const response = await post(fetchJson, path, applicant)
  if (response === undefined) return { ok: false, problem: unreachableProblem() }
  const body = await readJson(response)
  const token = body?.['token']
  if (response.ok && typeof token === 'string') return { ok: true, token }
  return { ok: false, problem: accessProblem(response.status, messageOf(body)) }
}

/** The answer, or `undefined` when the network gave none. */
async function post(
  fetchJson: typeof fetch,
  path: string,
  applicant: Applicant,
): Promise<Response | undefined> {
  try {
    return await fetchJson(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(applicant),
    })
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

async function readJson(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = await response.json()
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function messageOf(body: Record<string, unknown> | undefined): string | undefined {
  const error = body?.['error']
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined
  return typeof error.message === 'string' ? error.message : undefined
}
