import type { Test } from 'tap'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { ownHost } from '../../scripts/test/own-network.ts'
import type { OpenRelayPage } from '../../scripts/test/relay-only.ts'
import { classify } from '../protocol/classify.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage } from '../protocol/stun-message.ts'
import { startOurEngine } from './our-engine.ts'
import { seeded } from './seeded.ts'
import { UdpPath } from './udp-path.ts'
import { until } from './until.ts'

const transports = ['udp', 'tcp', 'tls'] as const

/** Lets a browser's two connections talk through our engine and nothing else, over each transport. */
export async function relayOnly(
  t: Test,
  address: string,
  browser: Readonly<{
    open: OpenRelayPage
    /** Whether it binds channels; Firefox uses Send and Data indications only. */
    channels: boolean
  }>,
): Promise<void> {
  const authority = await CertificateAuthority.create()
  const at = { ip: address, port: 0 }
  const { engine, username, password, close } = await startOurEngine({
    listen: { udp: [at], tcp: [at], tls: [at] },
    relay: { ip: address, announcedIp: address, portMin: 20_000, portMax: 29_999 },
    certificate: await authority.issue({ hosts: [ownHost], ips: [] }),
    allowedPeers: [`${address}/32`],
  })
  t.teardown(close)
  const portOf = (transport: string) =>
    engine.listening().find((each) => each.transport === transport)?.port ?? 0
  const page = await browser.open(authority)
  t.teardown(() => page.close())
  const tap = createTap()
  const path = await UdpPath.open({ to: { ip: address, port: portOf('udp') }, watch: tap.watch })
  t.teardown(() => path.close())

  for (const transport of transports) {
    await t.test(`over ${transport}`, async (t) => {
      const port = transport === 'udp' ? path.port : portOf(transport)
      const scheme = transport === 'tls' ? 'turns' : 'turn'
      const outer = transport === 'udp' ? 'udp' : 'tcp'
      const urls = `${scheme}:${ownHost}:${port}?transport=${outer}`
      const outcome = await page.talk({ urls, username, credential: password })
      t.equal(outcome.echoed, 'through the relay')
      t.same(outcome.sides, [
        { types: ['relay', 'relay'], relayProtocol: transport },
        { types: ['relay', 'relay'], relayProtocol: transport },
      ])
      const rows = engine.allocations()
      t.ok(rows.length >= 2, 'the server holds an allocation for each side')
      t.ok(rows.every(({ client }) => client.transport === transport))
      await page.hangUp()
      await until(() => engine.allocations().length === 0)
      t.pass('the browser gives its allocations back')
    })
  }
  await t.test('over udp, with loss, duplicates and reordering', async (t) => {
    const random = seeded(20_261_123)
    path.impairments = { loss: 0.1, duplication: 0.05, delayMs: [0, 30], random }
    const urls = `turn:${ownHost}:${path.port}?transport=udp`
    const outcome = await page.talk({ urls, username, credential: password })
    t.equal(outcome.echoed, 'through the relay')
    t.ok(path.lost.toServer > 0 && path.doubled.toServer > 0, 'the path was bad')
    path.impairments = undefined
    await page.hangUp()
  })
  await t.test('not over tls with a certificate that nobody vouches for', async (t) => {
    const stranger = await browser.open(await CertificateAuthority.create())
    t.teardown(() => stranger.close())
    const urls = `turns:${ownHost}:${portOf('tls')}?transport=tcp`
    const talk = stranger.talk({ urls, username, credential: password })
    await t.rejects(talk, /no relay/)
  })
  t.equal(tap.seen.channelBinds > 0, browser.channels, 'channels are bound, or not')
  t.equal(tap.seen.channelData > 0, browser.channels, 'and used, or not')
  t.ok(tap.seen.sends > 0, 'Send indications are used')
  if (!browser.channels) t.ok(tap.seen.sends > 100, 'for everything')
  t.equal(engine.stats().bugs, 0)
}

/** Counts what a client says on a path. */
function createTap() {
  const seen = { channelBinds: 0, channelData: 0, sends: 0 }
  return {
    seen,
    watch(direction: string, bytes: Uint8Array): void {
      if (direction !== 'toServer') return
      if (classify(bytes) === 'channelData') seen.channelData++
      const parsed = parseStunMessage(bytes)
      if (!parsed.ok) return
      if (parsed.value.method === methods.channelBind) seen.channelBinds++
      if (parsed.value.method === methods.send) seen.sends++
    },
  }
}
