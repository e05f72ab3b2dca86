import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { SocketTurnEngine } from './engine.ts'
import {
  createTurnEngine,
  issueCredentials,
  TurnClient,
  type TurnEngineOptions,
  TurnError,
} from './index.ts'
import type { FlowChange } from './server/flow.ts'
import { startOurEngine } from './test/our-engine.ts'
import { UdpEndpoint } from './test/udp-endpoint.ts'

const options: TurnEngineOptions = {
  listen: { udp: [{ ip: '127.0.0.1', port: 0 }], tcp: [{ ip: '127.0.0.1', port: 0 }] },
  relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 20_100 },
  realm: 'calls.example',
  secrets: ['secret'],
  ownMedia: [],
}

async function refusal(changes: Partial<TurnEngineOptions>): Promise<TurnError> {
  const engine = createTurnEngine({ ...options, ...changes })
  const error: unknown = await engine.start().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  await engine.close('test is over')
  if (error instanceof TurnError) return error
  throw error ?? new Error('it started')
}

t.test(
  'says which address is in use and which option changes it, and lets go of the others',
  async (t) => {
    const udp = await UdpEndpoint.open()
    const tcp = createServer().listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    t.teardown(() => {
      udp.close()
      tcp.close()
    })
    const bound = tcp.address()
    const tcpPort = typeof bound === 'object' && bound ? bound.port : 0
    const free = await UdpEndpoint.open()
    free.close()
    const onUdp = await refusal({ listen: { udp: [{ ip: '127.0.0.1', port: udp.port }], tcp: [] } })
    t.match(onUdp, { code: 'TURN_PORT_IN_USE' })
    t.match(onUdp.message, `udp 127.0.0.1:${udp.port}`)
    t.match(onUdp.message, 'turn.port')
    const onTcp = await refusal({
      listen: {
        udp: [{ ip: '127.0.0.1', port: free.port }],
        tcp: [{ ip: '127.0.0.1', port: tcpPort }],
      },
    })
    t.match(onTcp, { code: 'TURN_PORT_IN_USE' })
    t.match(onTcp.message, `tcp 127.0.0.1:${tcpPort}`)
    const again = await UdpEndpoint.open(free.port)
    again.close()
  },
)

t.test('refuses options that make no sense, by stable codes', async (t) => {
  const { relay } = options
  t.match(await refusal({ allowedPeers: ['10.0.0.0/8', '10.0.0.1/8'] }), { code: 'TURN_BAD_CIDR' })
  const denied = await refusal({ deniedPeers: ['example.org'] })
  t.match(denied, { code: 'TURN_BAD_CIDR' })
  t.match(denied.message, /turn.denied_peers: "example.org"/)
  t.match(await refusal({ secrets: [] }), { code: 'TURN_BAD_OPTION' })
  t.match(await refusal({ realm: '' }), { code: 'TURN_BAD_OPTION' })
  t.match(await refusal({ relay: { ...relay, portMin: 30_000 } }), { code: 'TURN_BAD_OPTION' })
  t.match(await refusal({ relay: { ...relay, ip: 'localhost' } }), { code: 'TURN_BAD_OPTION' })
  const notHere = { ...relay, ip: '192.0.2.1', announcedIp: '192.0.2.1' }
  t.match(await refusal({ relay: notHere }), { code: 'TURN_ADDRESS_NOT_AVAILABLE' })
  const elsewhere = { udp: [{ ip: '192.0.2.1', port: 0 }], tcp: [] }
  t.match(await refusal({ listen: elsewhere }), { code: 'TURN_ADDRESS_NOT_AVAILABLE' })
  const named = { udp: [], tcp: [{ ip: 'localhost', port: 0 }] }
  t.match(await refusal({ listen: named }), { code: 'TURN_BAD_OPTION' })
})

t.test('tells where it listens, and nothing is left after close', async (t) => {
  const { engine, port, tcpPort, close } = await startOurEngine()
  t.match(engine.listening(), [
    { transport: 'udp', ip: '127.0.0.1', port },
    { transport: 'tcp', ip: '127.0.0.1', port: tcpPort },
  ])
  t.ok(port > 0 && tcpPort > 0)
  await close()
  t.same(engine.listening(), [])
  const successor = await UdpEndpoint.open(port)
  successor.close()
})

t.test('keeps its credentials when the new ones would let in nobody or anybody', async (t) => {
  const { engine, close } = await startOurEngine()
  t.teardown(close)
  const code = { code: 'TURN_BAD_OPTION' }
  t.throws(() => engine.setCredentials({ secrets: [], users: new Map() }), code)
  t.throws(() => engine.setCredentials({ secrets: ['new', ''], users: new Map() }), code)
  t.throws(() => engine.setCredentials({ secrets: [], users: new Map([['bob', '']]) }), code)
  engine.setCredentials({ secrets: [], users: new Map([['bob', 'builder']]) })
})

t.test('shows what a fast path beside it needs: all flows, and each change of them', async (t) => {
  const changes: FlowChange[] = []
  const onFlow = (change: FlowChange) => changes.push(change)
  const engine = new SocketTurnEngine({ ...options, allowedPeers: ['127.0.0.9'] }, { onFlow })
  await engine.start()
  t.teardown(() => engine.close('test is over'))
  const { port = 0 } = engine.listening().find(({ transport }) => transport === 'udp') ?? {}
  const nowSeconds = Date.now() / 1000
  const login = issueCredentials({ secret: 'secret', id: 'ann', lifetimeSeconds: 600, nowSeconds })
  const client = await TurnClient.connect({ transport: 'udp', ip: '127.0.0.1', port }, login)
  t.teardown(() => client.close())
  const relayed = await client.allocate(4)
  const peer = { ip: '127.0.0.9', port: 4000 }
  await client.bindChannel(peer)
  t.match(
    [...engine.flows()].sort((a, b) => a.kind.localeCompare(b.kind)),
    [
      { kind: 'channel', channel: 0x4000, peer, relayed, client: { server: { port } } },
      { kind: 'permission', ip: peer.ip, anyPort: true, relayed },
    ],
  )
  t.same(changes, ['added', 'added'])
  engine.setPeers({ allowed: [], denied: [] })
  t.same([...engine.flows()], [])
  t.same(changes.slice(2), ['removed', 'removed'])
})
