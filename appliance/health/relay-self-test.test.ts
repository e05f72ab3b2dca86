import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { createTurnEngine, issueCredentials, type TurnEngine } from '#turn'
import { probeDenyList, wasGranted } from './deny-probe.ts'
import { openRelayEcho } from './relay-echo.ts'
import { testRelay } from './relay-self-test.ts'

const secret = 'a secret for this test alone'
const ip = '127.0.0.1'
const echo = await openRelayEcho(4)
t.teardown(() => echo.close())
const echoAnnounced = { ip, port: echo.local.port }

const login = () =>
  issueCredentials({
    secret,
    id: 'self-test',
    lifetimeSeconds: 60,
    nowSeconds: Math.floor(Date.now() / 1000),
  })

type EngineOptions = Parameters<typeof createTurnEngine>[0]

async function engineWith(options: Partial<EngineOptions>): Promise<TurnEngine> {
  const engine = createTurnEngine({
    listen: { udp: [{ ip, port: 0 }], tcp: [{ ip, port: 0 }] },
    relay: { ip, announcedIp: ip, portMin: 20_000, portMax: 29_999 },
    realm: 'example.org',
    secrets: [secret],
    ownMedia: [echoAnnounced],
    selfTestUserId: 'self-test',
    rethrowBugs: true,
    ...options,
  })
  await engine.start()
  t.teardown(() => engine.close('the test is over'))
  return engine
}

function doorsOf(engine: TurnEngine) {
  const port = (transport: string) =>
    engine.listening().find((at) => at.transport === transport)?.port ?? 0
  return (['udp', 'tcp'] as const).map((transport) => ({
    door: transport,
    target: { transport, ip, port: port(transport) },
    option: 'turn.port',
  }))
}

const about = { login, echo, echoAnnounced, family: 4, host: ip, source: 'self-signed' } as const

t.test('measures each door, and leaves no relay behind', async (t) => {
  const engine = await engineWith({})
  const results = await testRelay({ ...about, doors: doorsOf(engine) })
  t.match(results, [
    { transport: 'udp', ok: true, rttMs: Number },
    { transport: 'tcp', ok: true, rttMs: Number },
  ])
  t.same(engine.allocations(), [])
})

t.test('says that the relay refused the appliance itself', async (t) => {
  const engine = await engineWith({ secrets: ['quite another secret'] })
  const [udp] = await testRelay({ ...about, doors: doorsOf(engine) })
  t.match(udp, { ok: false, problem: /refused the appliance itself with 401 over UDP/, fix: /log/ })
})

t.test('says that the relay is full', async (t) => {
  const engine = await engineWith({ limits: { allocations: 0 } })
  const [udp] = await testRelay({ ...about, doors: doorsOf(engine) })
  t.match(udp, { ok: false, problem: /full \(508\)/, fix: /turn\.limits\.allocations/ })
})

t.test('says that nothing came back through the relay', async (t) => {
  const deaf = createSocket('udp4').bind(0, ip)
  await once(deaf, 'listening')
  t.teardown(() => deaf.close())
  const announced = { ip, port: deaf.address().port }
  const engine = await engineWith({ ownMedia: [announced] })
  const [first] = doorsOf(engine)
  const [udp] = await testRelay({
    ...about,
    echoAnnounced: announced,
    doors: first === undefined ? [] : [first],
  })
  t.match(udp, { ok: false, problem: /no packet came back/, fix: /relay ports/ })
})

t.test('names the option of a port that nobody answers on', async (t) => {
  const server = createServer().listen(0, ip)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  const target = { transport: 'tls', ip, port } as const
  const doors = [{ door: 'tls', target, option: 'turn.tls_port' } as const]
  const shut = {
    transport: 'tls-web',
    ok: false,
    rttMs: undefined,
    problem: 'p',
    fix: 'f',
  } as const
  t.match(await testRelay({ ...about, doors, shut: [shut] }), [
    {
      transport: 'tls',
      ok: false,
      problem: new RegExp(`Nobody listens on port ${port}/tcp \\(turn\\.tls_port`),
    },
    shut,
  ])
})

t.test('the echo answers its own probes and nobody else', async (t) => {
  const client = createSocket('udp4').bind(0, ip)
  await once(client, 'listening')
  t.teardown(() => client.close())
  const probe = echo.probe()
  const forged = Buffer.from(probe)
  forged.writeUInt8(forged.readUInt8(31) ^ 1, 31)
  for (const bytes of [Buffer.from('hello'), forged, Buffer.alloc(0), probe]) {
    client.send(bytes, echo.local.port, ip)
  }
  const [answer] = await once(client, 'message')
  t.same(answer, probe, 'what came first is the answer to the last')
})

const probing = { login, families: [4], ownPorts: [], onlySfu: false } as const

t.test('finds every address of the deny list refused', async (t) => {
  const engine = await engineWith({})
  const [udp] = doorsOf(engine)
  if (udp === undefined) throw new Error('no door')
  const ownPorts = [{ name: 'SSH', ip, port: 22 }]
  const rows = await probeDenyList({ ...probing, ownPorts, mediaIps: [ip], target: udp.target })
  t.ok(rows.length > 15)
  t.same(
    rows.filter(({ refused }) => !refused),
    [],
  )
  t.match(rows.at(-1), { name: 'SSH', address: '127.0.0.1:22' })
  t.same(engine.deniedPeers(), [], 'an operator sees the refusals of others alone')
  t.same(engine.allocations(), [])
})

t.test('shows what an operator has opened, and what cannot be asked', async (t) => {
  const engine = await engineWith({ allowedPeers: ['10.0.0.0/8'] })
  const [udp] = doorsOf(engine)
  if (udp === undefined) throw new Error('no door')
  const rows = await probeDenyList({ ...probing, mediaIps: [ip], target: udp.target })
  const open = rows.filter(({ refused }) => !refused)
  t.ok(open.length > 0)
  for (const { address, detail } of open) {
    t.match(address, /^10\./)
    t.match(detail, /turn\.allowed_peers opens it/)
  }
  const ownPorts = [22, 443].map((port) => ({ name: 'own', ip: '10.0.0.9', port }))
  const own = await probeDenyList({ ...probing, ownPorts, mediaIps: [], target: udp.target })
  t.equal(
    own.filter(({ name, asked }) => name === 'own' && asked).length,
    2,
    'each port is asked for',
  )
  const only6 = await probeDenyList({
    ...probing,
    families: [6],
    mediaIps: [ip],
    target: udp.target,
  })
  t.match(only6[0], { asked: false, refused: false, detail: 'Refused with 440.' })
  t.same([open.every(wasGranted), only6.some(wasGranted)], [true, false])
})

t.test('asks for a stranger where only the media server may be reached', async (t) => {
  const engine = await engineWith({ policy: 'sfu-only' })
  const [udp] = doorsOf(engine)
  if (udp === undefined) throw new Error('no door')
  const options = { ...probing, mediaIps: [ip], target: udp.target, onlySfu: true }
  t.match((await probeDenyList(options)).at(-1), { name: /stranger/, refused: true })
})
