import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { needs } from '../../scripts/test-needs.ts'
import { startTalkingBrowser } from './call-browser.ts'
import { hearEachOther, mediaPorts, type Way } from './call-ways.ts'
import { startAppliance } from './running-appliance.ts'
import { setAdminPassword } from './set-admin-password.ts'
import { type BlockRule, createTestNetwork, type TestNetwork } from './test-network.ts'

t.setTimeout(300_000)

/** What a strict firewall blocks; the web port is the last one open. */
const strict: readonly BlockRule[] = [
  { protocol: 'udp' },
  ...mediaPorts('tcp'),
  { protocol: 'tcp', port: 3478 },
]
const over = (name: string, url: string | RegExp, more: readonly BlockRule[] = []): Way => ({
  name,
  blocked: [...strict, ...more],
  expected: {
    localType: 'relay',
    relayProtocol: 'tls',
    url,
  },
  shown: /TURN.*TLS/i,
  path: 'turn-tls',
})
const ways: readonly Way[] = [
  // Both ports are open to it and alike in priority, so the browser takes the one that answers first.
  over('on either port', /^turns:10\.77\.0\.1:(5349|8444)\?transport=tcp$/),
  over('on the port of the pages alone', 'turns:10.77.0.1:8444?transport=tcp', [
    { protocol: 'tcp', port: 5349 },
  ]),
]

t.test(
  'two people in a call hear each other through TURN over TLS',
  { skip: needs('chromium', 'certutil', 'netns', 'nft', 'worker') },
  async (t) => {
    const network = await createTestNetwork()
    t.teardown(() => network.close())
    const authority = await CertificateAuthority.create()
    const { configuration, folder } = await certify(authority, network)
    t.teardown(() => rm(folder, { recursive: true }))
    const appliance = await startAppliance(configuration, network.spawnOnServer)
    t.teardown(() => appliance.stop())
    const [anna, ben] = await Promise.all([
      startTalkingBrowser(network.clientBrowser, authority),
      startTalkingBrowser(network.clientBrowser, authority),
    ])
    t.teardown(() => Promise.all([anna.close(), ben.close()]))
    const setup = await ben.context.newPage()
    await setAdminPassword(setup, appliance.setupLink)
    for (const way of ways) {
      await t.test(way.name, (t) => hearEachOther(t, way, { network, appliance, anna, ben }))
    }
  },
)

/** The appliance shows the authority's certificate; with a self-signed one it offers browsers no TURN over TLS. */
async function certify(authority: CertificateAuthority, { serverIp }: TestNetwork) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-certificate-'))
  const { cert, key } = await authority.issue({ hosts: ['calls.example'], ips: [serverIp] })
  await writeFile(join(folder, 'cert.pem'), cert)
  await writeFile(join(folder, 'key.pem'), key)
  const configuration = [
    `public_address: ${serverIp}`,
    'web:',
    '  tls:',
    '    mode: files',
    `    cert_file: ${join(folder, 'cert.pem')}`,
    `    key_file: ${join(folder, 'key.pem')}`,
    '',
  ].join('\n')
  return { configuration, folder }
}
