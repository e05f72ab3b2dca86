import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { createTurnEngine } from '../engine.ts'
import { issueCredentials } from '../server/credentials.ts'
import { TurnClient, TurnRequestError } from './turn-client.ts'

const secret = 'a secret for this test alone'
const ip = '127.0.0.1'

const echo = createSocket('udp4')
echo.on('message', (bytes, { port, address }) => echo.send(bytes, port, address))
echo.bind(0, ip)
await once(echo, 'listening')
t.teardown(() => echo.close())
const echoAt = { ip, port: echo.address().port }

const engine = createTurnEngine({
  listen: { udp: [{ ip, port: 0 }], tcp: [{ ip, port: 0 }] },
  relay: { ip, announcedIp: ip, portMin: 20_000, portMax: 29_999 },
  realm: 'example.org',
  secrets: [secret],
  ownMedia: [echoAt],
  rethrowBugs: true,
})
await engine.start()
t.teardown(() => engine.close('the test is over'))

const nowSeconds = Math.floor(Date.now() / 1000)
const login = issueCredentials({ secret, id: 'anna', lifetimeSeconds: 60, nowSeconds })

function target(transport: 'udp' | 'tcp') {
  const at = engine.listening().find((address) => address.transport === transport)
  return { transport, ip, port: at?.port ?? 0 } as const
}

for (const transport of ['udp', 'tcp'] as const) {
  t.test(`relays over ${transport} and gives the relay back`, async (t) => {
    const client = await TurnClient.connect(target(transport), login)
    t.teardown(() => client.close())
    t.match(await client.allocate(4), { ip, port: Number })
    await client.bindChannel(echoAt)
    const back = new Promise<Uint8Array>((resolve) => {
      client.onPayload = resolve
    })
    client.send(Buffer.from('hello'))
    t.equal(Buffer.from(await back).toString(), 'hello')
    await client.release()
    t.same(engine.allocations(), [])
  })
}

t.test('says with which code it was refused', async (t) => {
  const client = await TurnClient.connect(target('udp'), login)
  t.teardown(() => client.close())
  await client.allocate(4)
  await t.rejects(client.createPermission('10.0.0.1'), { code: 403 })
  await t.rejects(client.createPermission('2001:db8::1'), { code: 443 })
  const stranger = await TurnClient.connect(target('tcp'), { ...login, password: 'wrong' })
  t.teardown(() => stranger.close())
  await t.rejects(stranger.allocate(4), { code: 401 })
})

t.test('says when nobody is there, and ends what waits when it is closed', async (t) => {
  const taken = createSocket('udp4').bind(0, ip)
  await once(taken, 'listening')
  const { port } = taken.address()
  t.teardown(() => taken.close())
  await t.rejects(TurnClient.connect({ transport: 'tcp', ip, port }, login), {
    code: 'ECONNREFUSED',
  })
  const client = await TurnClient.connect({ transport: 'udp', ip, port }, login)
  const waiting = client.allocate(4)
  client.close()
  await t.rejects(waiting, TurnRequestError)
  await t.rejects(client.allocate(4), TurnRequestError)
})
