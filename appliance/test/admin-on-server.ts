import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { RunningAppliance } from './running-appliance.ts'
import type { TestNetwork } from './test-network.ts'

/** Makes one request and writes the answer as JSON; it runs on the server's host. */
const REQUEST = `
const { url, ...init } = JSON.parse(process.argv[1])
const answer = await fetch(url, init)
const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
process.stdout.write(JSON.stringify({ status: answer.status, cookie, body: await answer.text() }))
`

/** An answer of the admin's API. */
export type AdminAnswer = Readonly<{ status: number; body: string }>

/** An admin at the server's own console: no rule between client and server keeps them out. */
export type ServerAdmin = Readonly<{
  get<T>(path: string): Promise<T>
  post(path: string, body?: object): Promise<AdminAnswer>
}>

/** Sets the admin's password and logs in. */
export async function logInOnServer(
  network: Pick<TestNetwork, 'spawnOnServer'>,
  appliance: Pick<RunningAppliance, 'publicLink' | 'setupLink'>,
): Promise<ServerAdmin> {
  const { origin } = new URL(appliance.publicLink)
  const headers: Record<string, string> = { origin, 'content-type': 'application/json' }
  const ask = async (method: string, path: string, body?: object) => {
    const request = { url: origin + path, method, headers, body: body && JSON.stringify(body) }
    const child = network.spawnOnServer(
      process.execPath,
      ['--input-type=module', '-e', REQUEST, JSON.stringify(request)],
      { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
    )
    const [out = '', errors] = await Promise.all([child.stdout, child.stderr].map(textOf))
    if (out === '') throw new Error(`no answer to ${method} ${path}: ${errors}`)
    return JSON.parse(out) as AdminAnswer & { cookie?: string }
  }
  const code = new URL(appliance.setupLink).searchParams.get('code') ?? ''
  const login = await ask('POST', '/api/admin/setup', { code, password: 'a long enough password' })
  headers['cookie'] = login.cookie ?? ''
  headers['x-csrf-token'] = JSON.parse(login.body).csrf
  return {
    get: async (path) => JSON.parse((await ask('GET', path)).body),
    post: (path, body) => ask('POST', path, body),
  }
}

async function textOf(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream)
}
