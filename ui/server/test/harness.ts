import { randomBytes, scryptSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { HistoryPoint, Role } from '#api'
import { createFileAdminStore } from '../admin-store.ts'
import type { AdminRecord, AdminStore, UiDeps } from '../deps.ts'
import { createUi, type Ui } from '../index.ts'
import { quietPoint, quietStatus } from './sample-status.ts'

/** The admin’s password in these tests. */
export const PASSWORD = 'correct horse battery'

/** What stands for the signed invite of a room. */
export const inviteTo = (room: string) => `invite-to-${room}`

/** A program of the tests that serves a `Ui` on loopback, with a clock and a sampler in the test's hand. */
export type Harness = Readonly<{
  ui: Ui
  /** `http://127.0.0.1:<port>` */
  origin: string
  port: number
  clock: { nowMs: number }
  logged: { level: string; facts: object; message: string }[]
  /** Breaks every connection and lets nobody in, as a server that died. */
  goAway: () => Promise<void>
  /** Listens on the same port again. */
  comeBack: () => Promise<void>
  /** What one second of the sampler does. */
  tick: (point?: HistoryPoint) => void
  send: (method: string, path: string, options?: SendOptions) => Promise<Answer>
  /** Sends JSON as the page does: same origin. */
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** Logs in with `PASSWORD`, as `admin` unless named, and answers with what a logged-in page holds. */
  logIn: (name?: string) => Promise<{ cookie: string; csrf: string }>
}>

/** What a request has besides its method and path. */
export type SendOptions = Readonly<{ headers?: Record<string, string>; body?: string | Buffer }>

/** The answer to a request; `json` is its body parsed, where it is JSON. */
export type Answer = Readonly<{
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any
}>

/** Starts one for the length of a test. */
export async function startHarness(t: Test, overrides: Partial<UiDeps> = {}): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), 'callbox-ui-'))
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const clock = { nowMs: 1_800_000_000_000 }
  const logged: Harness['logged'] = []
  const listeners = new Set<(point: HistoryPoint) => void>()
  const note = (level: string) => (facts: object, message: string) =>
    void logged.push({ level, facts, message })
  const ui = createUi({
    status: () => quietStatus(clock.nowMs),
    history: () => [quietPoint(clock.nowMs)],
    onPoint: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    readiness: () => ({ ready: true, services: [{ name: 'media', ok: true, detail: 'fine' }] }),
    issueCallToken: async (seat) => unsignedToken(seat),
    issueInvite: async (room) => ({ token: inviteTo(room), expiresAtMs: clock.nowMs + 60_000 }),
    admitsInvite: async (token, room) => token === inviteTo(room),
    adminStore: createFileAdminStore(folder),
    webRoot: join(folder, 'web'),
    publicOrigin: origin,
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    clock: { unixMs: () => clock.nowMs },
    random: randomBytes,
    ...overrides,
  })
  server.on('request', ui.handler)
  server.on('upgrade', (req, socket, head) => {
    if (!ui.handleUpgrade(req, socket, head)) socket.destroy()
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const goAway = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const comeBack = async () => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  t.teardown(async () => {
    ui.close()
    if (server.listening) await goAway()
    rmSync(folder, { recursive: true })
  })
  const send = (method: string, path: string, options: SendOptions = {}) =>
    exchange(port, method, path, options)
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send('POST', path, {
      headers: { 'content-type': 'application/json', origin, ...headers },
      body: JSON.stringify(body),
    })
  const logIn = async (name?: string) => {
    const answer = await post('/api/admin/login', { name, password: PASSWORD })
    return { cookie: cookieOf(answer), csrf: answer.json.csrf }
  }
  const tick = (point = quietPoint(clock.nowMs)) => {
    for (const listener of listeners) listener(point)
  }
  return { ui, origin, port, clock, logged, goAway, comeBack, tick, send, post, logIn }
}

/** A store that already holds an admin with `PASSWORD`, hashed at so low a cost that tests need not wait. */
export function storeWithPassword(): AdminStore {
  return storeWith({ admin: 'admin' })
}

/** A store that holds accounts of these names and roles, all with `PASSWORD`. */
export function storeWith(roles: Readonly<Record<string, Role>>): AdminStore {
  const passwordHash = cheapHash(PASSWORD)
  let record: AdminRecord = {
    accounts: Object.entries(roles).map(([name, role]) => ({
      id: `id-of-${name}`,
      name,
      role,
      passwordHash,
      createdAtMs: 0,
    })),
    tokens: [],
  }
  return {
    load: () => record,
    save: (next) => {
      record = next
    },
  }
}

function cheapHash(password: string): string {
  const salt = Buffer.from('a salt of a test')
  const key = scryptSync(password, salt, 32, { N: 16, r: 1, p: 1 })
  return ['scrypt', 16, 1, 1, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** The code of the set-up link, empty when there is no link. */
export function setupCodeOf(ui: Ui): string {
  return new URL(ui.setupLink() ?? 'http://none/').searchParams.get('code') ?? ''
}

/** The `name=value` of the cookie that an answer sets. */
export function cookieOf(answer: Answer): string {
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

function unsignedToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ ...claims, exp: 1_800_003_600 })}.x`
}

async function exchange(
  port: number,
  method: string,
  path: string,
  { headers = {}, body }: SendOptions,
): Promise<Answer> {
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  outgoing.end(body)
  const [incoming] = await once(outgoing, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString()
  const isJson = String(incoming.headers['content-type']).startsWith('application/json')
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    bytes,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  }
}
