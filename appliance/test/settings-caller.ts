import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import type { SettingsDetails, SettingValue } from '#api'
import type { RunningAppliance } from './running-appliance.ts'

const PASSWORD = 'correct horse battery'

/** An admin's page in a test: logged in on the appliance's HTTP port, and not logged out by a restart. */
export type SettingsCaller = Readonly<{
  /** Moves to another port of the appliance. */
  moveTo: (port: number) => void
  call: (method: string, path: string, body?: object) => Promise<Answered>
  details: () => Promise<SettingsDetails>
  save: (values: Values, restart?: boolean) => Promise<Answered>
  valueOf: (path: string) => Promise<SettingValue | undefined>
}>

type Values = Readonly<Record<string, SettingValue | null>>
type Answered = Readonly<{ status: number; text: string; headers: OutgoingHttpHeaders }>

/** Goes through the set-up link of a fresh appliance. */
export async function logInTo(running: RunningAppliance, port: number): Promise<SettingsCaller> {
  const code = new URL(running.setupLink).searchParams.get('code')
  const at = { port, headers: {} as OutgoingHttpHeaders }
  const call = (method: string, path: string, body?: object) => exchange(at, method, path, body)
  const answer = await call('POST', '/api/admin/setup', { code, password: PASSWORD })
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
  at.headers = { cookie, 'x-csrf-token': JSON.parse(answer.text).csrf }
  const details = async (): Promise<SettingsDetails> =>
    JSON.parse((await call('GET', '/api/admin/settings')).text)
  return {
    moveTo(other) {
      at.port = other
    },
    call,
    details,
    save: (values, restart) =>
      call('POST', '/api/admin/settings', { values, ...(restart ? { restart } : {}) }),
    async valueOf(path) {
      return (await details()).settings.find((row) => row.path === path)?.value
    },
  }
}

async function exchange(
  { port, headers }: Readonly<{ port: number; headers: OutgoingHttpHeaders }>,
  method: string,
  path: string,
  body?: object,
): Promise<Answered> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    headers: {
      ...headers,
      origin: `http://127.0.0.1:${port}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  const [incoming] = await once(outgoing, 'response')
  let text = ''
  for await (const chunk of incoming) text += chunk
  return { status: incoming.statusCode, text, headers: incoming.headers }
}
