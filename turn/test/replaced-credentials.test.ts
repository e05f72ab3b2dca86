import t from 'tap'
import { createTurnEngine, issueCredentials, type TurnEngine } from '../index.ts'
import { methods } from '../protocol/methods.ts'
import { authenticating } from './contract-authentication.ts'
import { ContractClient, codeOf, silenceMs } from './contract-client.ts'
import { udp } from './contract-steps.ts'
import { tryPoint } from './engine-contract.ts'
import { startOurCluster } from './our-cluster.ts'
import { startOurEngine } from './our-engine.ts'

const mostAttempts = 10

type Login = Readonly<{ username: string; password: string }>

const carol = { username: 'carol', password: 'secret of carol' }
const users = new Map([[carol.username, carol.password]])
const servers = {
  'our engine': async () => {
    const { engine, port } = await startOurEngine({ secrets: [], users })
    return { engine: engine as TurnEngine, port }
  },
  'our engine in two workers': async () => {
    const { cluster, port } = await startOurCluster({ secrets: [], users })
    return { engine: cluster as TurnEngine, port }
  },
}

function issuedWith(secret: string): Login {
  const nowSeconds = Date.now() / 1000
  return issueCredentials({ secret, id: 'alice', lifetimeSeconds: 600, nowSeconds })
}

/** Allocates until the answer is the expected one, which workers may take a moment to know; returns the last answer's code. */
async function allocates(
  port: number,
  login: Login,
  expected: number | undefined,
): Promise<number | undefined> {
  for (let attempt = 1; ; attempt++) {
    const client = await ContractClient.open({ port, ...login })
    try {
      await client.learnNonce()
      const code = codeOf(await client.request(methods.allocate, udp))
      if (code === expected || attempt === mostAttempts) return code
      await client.endpoint.next(silenceMs)
    } finally {
      client.close()
    }
  }
}

for (const [name, start] of Object.entries(servers)) {
  t.test(`${name} lets listed users prove who they are, without any secret`, async (t) => {
    const { engine, port } = await start()
    t.teardown(() => engine.close('test is over'))
    const server = { port, ...carol, close: () => engine.close('test is over') }
    for (const point of authenticating) {
      t.equal((await tryPoint(point, server))?.stack, undefined, point.name)
    }
  })

  t.test(`${name} takes other secrets and users while it runs`, async (t) => {
    const { engine, port } = await start()
    t.teardown(() => engine.close('test is over'))
    t.equal(await allocates(port, issuedWith('new'), 401), 401)
    engine.setCredentials({ secrets: ['new', 'old'], users })
    t.equal(await allocates(port, issuedWith('new'), undefined), undefined)
    t.equal(await allocates(port, issuedWith('old'), undefined), undefined)
    t.equal(await allocates(port, carol, undefined), undefined)
    engine.setCredentials({ secrets: ['new'], users: new Map() })
    t.equal(await allocates(port, issuedWith('old'), 401), 401)
    t.equal(await allocates(port, carol, 401), 401)
  })
}

t.test('refuses to start with users or a realm that no client can name', async (t) => {
  const options = {
    listen: { udp: [], tcp: [] },
    relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 20_000, portMax: 20_100 },
    realm: 'calls.example',
    secrets: ['secret'],
    ownMedia: [],
  }
  const refused = [
    { secrets: [] },
    { users: new Map([['a\0', 'secret']]) },
    { users: new Map([['carol', '']]) },
    { realm: 'cafe\u0301.example' },
    { realm: '' },
  ]
  for (const each of refused) {
    const engine = createTurnEngine({ ...options, ...each })
    await t.rejects(engine.start(), { code: 'TURN_BAD_OPTION' })
  }
})
