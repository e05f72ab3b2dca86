import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { startTalkingBrowser } from './call-browser.ts'
import { hearEachOther, mediaPorts, type Way } from './call-ways.ts'
import { startAppliance } from './running-appliance.ts'
import { setAdminPassword } from './set-admin-password.ts'
import { createTestNetwork } from './test-network.ts'

t.setTimeout(300_000)

const TURN_TCP = { protocol: 'tcp', port: 3478 } as const

/** UDP alone: a connection over TCP is answered from where it was opened to anyway. */
const WAYS: readonly Way[] = [
  {
    name: 'straight over UDP',
    blocked: [...mediaPorts('tcp'), TURN_TCP],
    expected: { protocol: 'udp', localType: 'host', remoteIp: '10.77.0.9' },
    shown: /UDP/,
    path: 'udp',
  },
  {
    name: 'through TURN over UDP',
    blocked: [...mediaPorts('udp'), ...mediaPorts('tcp'), TURN_TCP],
    expected: { localType: 'relay', relayProtocol: 'udp' },
    shown: /TURN.*UDP/i,
    path: 'turn-udp',
  },
]

const skip = needs('chromium', 'netns', 'nft', 'worker')
t.test('announces another address than the one the kernel sends from', { skip }, async (t) => {
  const network = await createTestNetwork()
  t.teardown(() => network.close())
  const floating = await network.addServerIp()
  const config = `public_address: ${floating}\nrtc: { workers: 1 }\n`
  const appliance = await startAppliance(config, network.spawnOnServer)
  t.teardown(() => appliance.stop())
  const anna = await startTalkingBrowser(network.clientBrowser)
  t.teardown(() => anna.close())
  const ben = await startTalkingBrowser(network.clientBrowser)
  t.teardown(() => ben.close())
  await setAdminPassword(await ben.context.newPage(), appliance.setupLink)
  for (const way of WAYS) {
    await t.test(`people hear each other ${way.name}`, (t) =>
      hearEachOther(t, way, { network, appliance, anna, ben }),
    )
  }
})
