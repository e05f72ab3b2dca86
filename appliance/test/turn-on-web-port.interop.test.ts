import t, { type Test } from 'tap'
import { createTurnEngine, issueCredentials } from '#turn'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { ownHost, testInOwnNetwork } from '../../scripts/test/own-network.ts'
import {
  type OpenRelayPage,
  openRelayPageInChromium,
  openRelayPageInFirefox,
  relayPageHtml,
} from '../../scripts/test/relay-only.ts'
import { needs } from '../../scripts/test-needs.ts'
import { createWebServer } from '../web-server.ts'

t.setTimeout(180_000)

const browsers: readonly (readonly [string, OpenRelayPage])[] = [
  ['Chromium', openRelayPageInChromium],
  ['Firefox', openRelayPageInFirefox],
]
const secret = 'shared with the chat server'

await testInOwnNetwork(import.meta.filename, {
  name: 'browsers find a page and TURN over TLS on one port',
  skip: needs('chromium', 'firefox', 'certutil', 'netns'),
  async run(t, address) {
    const { authority, engine, port } = await startServer(t, address)
    const nowSeconds = Date.now() / 1000
    const user = issueCredentials({ secret, id: 'alice', lifetimeSeconds: 600, nowSeconds })
    for (const [name, open] of browsers) {
      await t.test(name, async (t) => {
        const page = await open(authority, `https://${ownHost}:${port}/`)
        t.teardown(() => page.close())
        const urls = `turns:${ownHost}:${port}?transport=tcp`
        const outcome = await page.talk({
          urls,
          username: user.username,
          credential: user.password,
        })
        t.equal(outcome.echoed, 'through the relay')
        t.same(outcome.sides, [
          { types: ['relay', 'relay'], relayProtocol: 'tls' },
          { types: ['relay', 'relay'], relayProtocol: 'tls' },
        ])
        const clients = engine.allocations().map(({ client }) => client)
        t.ok(clients.length >= 2, 'the server holds an allocation for each side')
        t.ok(clients.every(({ transport }) => transport === 'tls'))
        t.ok(clients.every(({ client, server }) => client.ip === address && server.port === port))
      })
    }
    t.equal(engine.stats().bugs, 0)
  },
})

/** The web server with its HTTPS port, which is all that TURN has for clients. */
async function startServer(t: Test, address: string) {
  const authority = await CertificateAuthority.create()
  const pair = await authority.issue({ hosts: [ownHost], ips: [] })
  const engine = createTurnEngine({
    listen: { udp: [], tcp: [] },
    relay: { ip: address, announcedIp: address, portMin: 20_000, portMax: 29_999 },
    realm: 'calls.example',
    secrets: [secret],
    ownMedia: [],
    allowedPeers: [`${address}/32`],
    rethrowBugs: true,
  })
  await engine.start()
  const html = await relayPageHtml()
  const web = createWebServer({
    https: { port: 0, certificates: { keyPair: () => pair, onChange: () => undefined } },
    http: { port: 0, host: '127.0.0.1' },
    doors: [],
    handler: (_request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(html)
    },
    turn: engine,
  })
  const { https: port } = await web.start()
  t.teardown(async () => {
    await web.stop(AbortSignal.abort())
    await engine.close('test is over')
  })
  return { authority, engine, port }
}
