import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issueCredentials, TurnClient } from '#turn'
import type { RunningAppliance } from './running-appliance.ts'

const ip = '127.0.0.1'

/** What these tests need of `secrets.json`. */
export type Secrets = Record<'turnStaticAuthSecret' | 'turnApiKey' | 'adminApiToken', string>

/** Reads the secrets of a running appliance. */
export async function secretsOf({ dataDir }: Pick<RunningAppliance, 'dataDir'>): Promise<Secrets> {
  return JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'))
}

/** Asks again and again, because what other processes know of each other takes a moment. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > giveUpAtMs) throw new Error('it did not come true within 10 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Makes a login with a shared secret. */
export function loginWith(secret: string) {
  const nowSeconds = Math.floor(Date.now() / 1000)
  return issueCredentials({ secret, id: 'ben', lifetimeSeconds: 60, nowSeconds })
}

/** Whether the relay takes a login made with this secret. */
export function admits(port: number, secret: string): Promise<boolean> {
  return admitsLogin(port, loginWith(secret))
}

/** Whether the relay takes this login. */
export async function admitsLogin(
  port: number,
  login: Readonly<{ username: string; password: string }>,
): Promise<boolean> {
  const client = await TurnClient.connect({ transport: 'tcp', ip, port }, login)
  try {
    await client.allocate(4)
    await client.release()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 401) return false
    throw error
  } finally {
    client.close()
  }
}

/** Asks as the admin; rejects with the server's words when the answer is no success. */
export type Admin = <T>(method: string, path: string, body?: object) => Promise<T>

/** Sets the admin's password and answers a way to ask as the admin. */
export async function logIn({ setupLink }: RunningAppliance, origin: string): Promise<Admin> {
  const code = new URL(setupLink).searchParams.get('code')
  const sameOrigin = { origin, 'content-type': 'application/json' }
  const body = JSON.stringify({ code, password: 'a password for this test' })
  const url = `${origin}/api/admin/setup`
  const answer = await fetch(url, { method: 'POST', headers: sameOrigin, body })
  if (!answer.ok) throw new Error(`setting up was answered ${answer.status}`)
  const { csrf } = (await answer.json()) as { csrf: string }
  const cookie = answer.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ')
  return async <T>(method: string, path: string, body?: object) => {
    const headers = { ...sameOrigin, cookie, 'x-csrf-token': csrf }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${origin}${path}`, { method, headers, ...sent })
    if (!response.ok) {
      throw new Error(`${method} ${path} was answered ${response.status} ${await response.text()}`)
    }
    return (await response.json()) as T
  }
}
