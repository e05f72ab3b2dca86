import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { issueCredentials } from '#turn'
import { needs } from '../../scripts/test-needs.ts'
import { hearsTones, selectedPaths, startTalkingBrowser } from './call-browser.ts'
import { joinCall } from './call-people.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'
import { createTestNetwork, type TestNetwork } from './test-network.ts'
import { MICROPHONE_TONES } from './tones.ts'

t.setTimeout(180_000)

const TURN_PORT = 3478
const MEDIA_PORT = 8443

const skip = needs('chromium', 'netns', 'nft', 'worker')
t.test('an appliance with IPv4 and IPv6', { skip }, async (t) => {
  const network = await createTestNetwork()
  t.teardown(() => network.close())
  const ipv6 = await network.addIpv6()
  const appliance = await startAppliance(
    `public_address: ${network.serverIp}\npublic_ipv6: ${ipv6}\nrtc: { workers: 1 }\n`,
    network.spawnOnServer,
  )
  t.teardown(() => appliance.stop())

  await t.test('relays from either to either', (t) => relays(t, { network, appliance, ipv6 }))
  await t.test('carries a call over IPv6 where IPv4 lets no media through', async (t) => {
    await call(t, { network, appliance, ipv6 })
  })
})

type Fixture = Readonly<{ network: TestNetwork; appliance: RunningAppliance; ipv6: string }>

async function relays(t: Test, { network, appliance, ipv6 }: Fixture): Promise<void> {
  const secrets = JSON.parse(await readFile(join(appliance.dataDir, 'secrets.json'), 'utf8'))
  const nowSeconds = Math.floor(Date.now() / 1000)
  const { username, password } = issueCredentials({
    secret: secrets.turnStaticAuthSecret,
    id: 'anna',
    lifetimeSeconds: 60,
    nowSeconds,
  })
  const script = join(import.meta.dirname, 'relay-client-process.ts')
  for (const server of [network.serverIp, ipv6]) {
    for (const transport of ['udp', 'tcp']) {
      for (const [family, announced] of [
        ['4', network.serverIp],
        ['6', ipv6],
      ] as const) {
        const login = [transport, server, String(TURN_PORT), username, password]
        const peer = [family, announced, String(MEDIA_PORT)]
        const child = network.spawnOnClient(process.execPath, [script, ...login, ...peer])
        const [out, err] = [read(child.stdout), read(child.stderr)]
        await once(child, 'close')
        const way = `${transport} to ${server}, relay over IPv${family}`
        t.match(await out, `"ip":"${announced}"`, `${way} ${await err}`)
      }
    }
  }
}

async function read(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream)
}

async function call(t: Test, { network, appliance, ipv6 }: Fixture): Promise<void> {
  await network.block([
    { protocol: 'udp', ip: 'ipv4' },
    { protocol: 'tcp', ip: 'ipv4', port: MEDIA_PORT },
    { protocol: 'tcp', ip: 'ipv4', port: TURN_PORT },
  ])
  const people = await Promise.all([
    startTalkingBrowser(network.clientBrowser),
    startTalkingBrowser(network.clientBrowser),
  ])
  t.teardown(() => Promise.all(people.map((person) => person.close())))
  const pages = [
    await joinCall(people[0].context, appliance.publicLink, 'Anna'),
    await joinCall(people[1].context, appliance.publicLink, 'Ben'),
  ]
  for (const page of pages) await hearsTones(page, MICROPHONE_TONES, 30_000)
  for (const page of pages) {
    for (const path of await selectedPaths(page)) {
      t.match(path, { protocol: 'udp', remoteIp: ipv6 }, JSON.stringify(path))
    }
  }
}
