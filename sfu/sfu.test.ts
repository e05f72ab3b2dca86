import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignalResponse } from '@livekit/protocol'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { FakeMediaPlane } from './media/fake-media-plane.ts'
import { silentLog } from './room/test/fake-room.ts'
import { createSfuOn, type Sfu } from './sfu.ts'

t.test('/rtc/validate says success or why not, to pages of any origin', async (t) => {
  const { sfu, url } = await serve(t)
  const token = await sfu.createToken({
    room: 'a room',
    identity: 'anna',
    name: 'Anna',
    lifetimeSeconds: 60,
  })
  for (const [path, headers, status, body] of [
    [`/rtc/validate?access_token=${token}`, {}, 200, /^success$/],
    ['/rtc/validate', { authorization: `Bearer ${token}` }, 200, /^success$/],
    [`//rtc//validate/?access_token=${token}`, {}, 200, /^success$/],
    ['/rtc/validate?access_token=x', {}, 401, /^invalid authorization token/],
    ['/rtc/v1', {}, 404, /page not found/],
    ['/rtc/v1/validate', {}, 404, /page not found/],
    ['/rtc', {}, 404, /page not found/],
  ] as const) {
    const response = await fetch(`${url}${path}`, { headers })
    t.equal(response.status, status, path.slice(0, 30))
    t.equal(response.headers.get('access-control-allow-origin'), '*')
    t.match(await response.text(), body)
  }
})

t.test('allows a page to send an Authorization header', async (t) => {
  const { url } = await serve(t)
  const response = await fetch(`${url}/rtc/validate`, { method: 'OPTIONS' })
  t.equal(response.status, 204)
  t.match(response.headers.get('access-control-allow-headers'), /Authorization/)
})

t.test('leaves other paths to others', async (t) => {
  const { url } = await serve(t)
  t.equal((await fetch(`${url}/call/room`)).status, 418)
})

t.test('accepts a WebSocket on /rtc and on //rtc, not on /rtc/v1', async (t) => {
  const { sfu, url } = await serve(t)
  const who = { room: 'a room', identity: 'anna', name: 'Anna', lifetimeSeconds: 60 }
  const token = await sfu.createToken(who)
  for (const path of ['/rtc', '//rtc']) {
    const client = new WebSocket(`${url}${path}?access_token=${token}&protocol=17`)
    const first = await new Promise<Buffer>((resolve) => client.once('message', resolve))
    t.equal(SignalResponse.fromBinary(first).message.case, 'join', path)
    client.terminate()
  }
  const refused = new WebSocket(`${url}/rtc/v1?access_token=${token}`)
  const error = await new Promise<Error>((resolve) => refused.once('error', resolve))
  t.match(error.message, /404/)
})

t.test('lists who is in which room, and says whether it can serve', async (t) => {
  const { sfu, plane, url } = await serve(t)
  t.same(sfu.rooms(), [])
  const who = { room: 'a room', identity: 'anna', name: 'Anna', lifetimeSeconds: 60 }
  const client = new WebSocket(`${url}/rtc?access_token=${await sfu.createToken(who)}&protocol=17`)
  await new Promise((resolve) => client.once('message', resolve))
  t.match(sfu.rooms(), [{ name: 'a room', participants: [{ identity: 'anna', name: 'Anna' }] }])
  t.same(sfu.health(), { ok: true, detail: '1 of 1 media workers alive' })
  plane.killWorker()
  t.same(sfu.health(), { ok: true, detail: '1 of 1 media workers alive, 1 died since the start' })
  const alive = { pid: 1, alive: true, rooms: 0 }
  const dead = { pid: 2, alive: false, rooms: 0 }
  plane.stats = () => ({ workers: [alive, dead], deaths: 1 })
  t.match(sfu.health(), { ok: false, serves: true, detail: /^1 of 2 / })
  t.same(sfu.mediaWorkers(), [{ pid: 1, rooms: 0 }], 'a worker that died has no process')
  plane.stats = () => ({ workers: [dead], deaths: 1 })
  t.same(sfu.health(), { ok: false, detail: '0 of 1 media workers alive, 1 died since the start' })
  await sfu.stop(AbortSignal.timeout(1_000))
  t.equal(sfu.health().ok, false)
})

t.test('refuses to sign for a key that it does not have', async (t) => {
  const { sfu } = await serve(t)
  const who = { room: 'a room', identity: 'anna', name: 'Anna', lifetimeSeconds: 60 }
  await t.rejects(sfu.createToken({ ...who, key: 'none' }), /no LiveKit API key named "none"/)
})

async function serve(t: Test): Promise<Readonly<{ sfu: Sfu; plane: FakeMediaPlane; url: string }>> {
  const plane = new FakeMediaPlane()
  const sfu = createSfuOn(Object.assign(plane, { listening: () => [] }), {
    livekitKeys: new Map([['key', 'a secret that is long enough for tests']]),
    maxParticipants: 0,
    iceServers: () => [],
    serverVersion: '0.0.0',
    log: silentLog,
  })
  await sfu.start()
  const server = createServer((request, response) => {
    if (!sfu.handleRequest(request, response)) response.writeHead(418).end()
  })
  server.on('upgrade', (request, socket, head) => {
    if (!sfu.handleUpgrade(request, socket, head)) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    await sfu.stop(AbortSignal.timeout(1_000))
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { sfu, plane, url: `http://127.0.0.1:${port}` }
}
