import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import type { LiveMessage, Status } from '#api'
import { type Answer, type Harness, startHarness, storeWithPassword } from './test/harness.ts'
import { busyPoint, quietStatus } from './test/sample-status.ts'

t.test('a viewer first gets the history, then a status with each point', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  const viewer = await view(harness, await harness.logIn())
  t.match(await viewer.next(), { type: 'history', points: [{ atMs: harness.clock.nowMs }] })
  harness.tick(busyPoint(harness.clock.nowMs))
  t.match(await viewer.next(), {
    type: 'status',
    status: { version: '0.1.0' },
    point: { participants: 3 },
  })
  viewer.socket.terminate()
})

t.test('without a session, or from another origin, the door stays shut', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  const { cookie } = await harness.logIn()
  const { origin } = harness
  const cases = [
    { headers: { origin }, status: 401 },
    { headers: { origin, cookie: 'callbox_session=guess' }, status: 401 },
    { headers: { cookie }, status: 403 },
    { headers: { cookie, origin: 'https://evil.example' }, status: 403 },
    { headers: { cookie, origin: 'null' }, status: 403 },
  ]
  for (const { headers, status } of cases) {
    t.equal((await knock(harness, headers)).status, status, JSON.stringify(headers))
  }
})

t.test('log-out and expiry end the feed before the next figures', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  for (const end of ['log-out', 'expiry']) {
    const login = await harness.logIn()
    const viewer = await view(harness, login)
    await viewer.next()
    if (end === 'expiry') harness.clock.nowMs += 12 * 3_600_000
    else {
      const headers = { cookie: login.cookie, 'x-csrf-token': login.csrf }
      await harness.post('/api/admin/logout', {}, headers)
    }
    const closed = once(viewer.socket, 'close')
    harness.tick()
    const [code] = await closed
    t.equal(code, 4401, end)
    t.equal(viewer.unread(), 0, 'no figures after the end')
  }
})

t.test('fifty may watch, one more is told to close a page', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  const login = await harness.logIn()
  const first = await view(harness, login)
  const others = await Promise.all(Array.from({ length: 49 }, () => view(harness, login)))
  const headers = { cookie: login.cookie, origin: harness.origin }
  const answer = await knock(harness, headers)
  t.equal(answer.status, 503)
  t.match(answer.text, /Close one/)

  const left = once(first.socket, 'close')
  first.socket.close()
  await left
  const late = await view(harness, login)
  t.match(await late.next(), { type: 'history' }, 'a freed place is given again')
  for (const viewer of [...others, late]) viewer.socket.terminate()
})

t.test('a viewer that fell silent is let go, one that answers pings stays', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  const login = await harness.logIn()
  const lively = await view(harness, login)
  const silent = await view(harness, login, { autoPong: false })
  const gone = once(silent.socket, 'close')
  for (let round = 0; round < 4; round++) {
    harness.clock.nowMs += 10_000
    const pinged = once(lively.socket, 'ping')
    const ticked = lively.next()
    harness.tick()
    await Promise.all([pinged, ticked])
    await heard(lively.socket)
  }
  const [code] = await gone
  t.equal(code, 1006)
  t.equal(lively.socket.readyState, WebSocket.OPEN)
  lively.socket.terminate()
})

t.test('a viewer that does not read is dropped, not buffered for', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword(), status: longStatus })
  const login = await harness.logIn()
  const idle = await view(harness, login)
  const reader = await view(harness, login)
  await Promise.all([idle.next(), reader.next()])
  idle.socket.pause()
  const isDropped = () => harness.logged.some((each) => each.message === 'a dashboard was let go')
  // The system's own socket buffers take some megabytes before anything queues up here.
  for (let sent = 0; sent < 500 && !isDropped(); sent++) {
    harness.tick()
    await reader.next()
  }
  t.match(harness.logged.at(-1), { facts: { reason: 'reads too slowly' } })
  const closed = once(idle.socket, 'close')
  idle.socket.resume()
  await closed
  t.equal(reader.socket.readyState, WebSocket.OPEN)
  reader.socket.terminate()
})

t.test('other paths are left to others, and stopping says good-bye', async (t) => {
  const harness = await startHarness(t, { adminStore: storeWithPassword() })
  const elsewhere = new WebSocket(`ws://127.0.0.1:${harness.port}/rtc`)
  await once(elsewhere, 'error')
  const viewer = await view(harness, await harness.logIn())
  const closed = once(viewer.socket, 'close')
  harness.ui.close()
  t.equal((await closed)[0], 1001)
})

/** Asks for an upgrade that is to be refused. */
function knock({ send }: Harness, headers: Record<string, string>): Promise<Answer> {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  return send('GET', '/api/admin/live', { headers: { ...upgrade, ...headers } })
}

type Viewer = Readonly<{
  socket: WebSocket
  next: () => Promise<LiveMessage>
  unread: () => number
}>

async function view(
  { port, origin }: Harness,
  { cookie }: { cookie: string },
  options: { autoPong?: boolean } = {},
): Promise<Viewer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/admin/live`, {
    ...options,
    headers: { cookie, origin },
  })
  const messages: LiveMessage[] = []
  socket.on('message', (text) => messages.push(JSON.parse(String(text))))
  await once(socket, 'open')
  const next = async (): Promise<LiveMessage> => {
    while (messages.length === 0) await once(socket, 'message')
    return messages.shift() as LiveMessage
  }
  return { socket, next, unread: () => messages.length }
}

/** Resolves when the server has read all that the viewer sent so far. */
async function heard(socket: WebSocket): Promise<void> {
  const answer = once(socket, 'pong')
  socket.ping()
  await answer
}

function longStatus(): Status {
  const detail = 'x'.repeat(300_000)
  return { ...quietStatus(0), services: [{ name: 'media', ok: true, detail }] }
}
