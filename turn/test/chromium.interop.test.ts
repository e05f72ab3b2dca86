import { fileURLToPath } from 'node:url'
import t from 'tap'
import { launchChromium } from '../../scripts/test/chromium.ts'
import { needs } from '../../scripts/test-needs.ts'
import { startOurEngine } from './our-engine.ts'

/** What `relay-page.js` puts into the page. */
type RelayPage = Readonly<{ talkThroughRelay: (server: object) => Promise<Outcome> }>
type Outcome = Readonly<{
  echoed: string
  candidateTypes: readonly string[]
  relayProtocol: string
}>

t.setTimeout(120_000)

t.test(
  'Chromium talks through our engine and nothing else',
  { skip: needs('chromium') },
  async (t) => {
    const server = await startOurEngine()
    const browser = await launchChromium([
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ])
    t.teardown(async () => {
      await browser.close()
      await server.close()
    })
    const page = await browser.newPage()
    await page.addScriptTag({ path: fileURLToPath(new URL('relay-page.js', import.meta.url)) })
    for (const transport of ['udp', 'tcp'] as const) {
      const port = transport === 'udp' ? server.port : server.tcpPort
      const iceServer = {
        urls: `turn:127.0.0.1:${port}?transport=${transport}`,
        username: server.username,
        credential: server.password,
      }
      const outcome = await page.evaluate(
        (given) => (globalThis as unknown as RelayPage).talkThroughRelay(given),
        iceServer,
      )
      t.equal(outcome.echoed, 'through the relay', transport)
      t.equal(outcome.relayProtocol, transport)
      t.same(outcome.candidateTypes, ['relay', 'relay'])
    }
    t.equal(server.engine.stats().bugs, 0)
  },
)
