import { once } from 'node:events'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { until } from './relay-steps.ts'
import { startAppliance } from './running-appliance.ts'
import { createTestNetwork } from './test-network.ts'

t.setTimeout(120_000)

const RULES = `
table inet broken {
  chain input {
    type filter hook input priority 0; policy accept;
    udp dport 3478 drop
    tcp dport 5349 reject with tcp reset
  }
}`

const skip = needs('netns', 'nft', 'worker')
t.test('says at the start what keeps the relay from working', { skip }, async (t) => {
  const network = await createTestNetwork()
  t.teardown(() => network.close())
  const nft = network.spawnOnServer('nft', [RULES])
  t.same(await once(nft, 'close'), [0, null])
  const appliance = await startAppliance(
    `public_address: ${network.serverIp}\nrtc: { workers: 1 }\nturn: { workers: 1 }\n`,
    network.spawnOnServer,
  )
  t.teardown(() => appliance.stop())
  await until(async () => appliance.lines.some((line) => line.includes('"selfTest"')))
  const said = appliance.lines.join('\n')
  t.match(said, /"transport":"udp","problem":"No answer on port 3478\/udp \(turn\.port\)/)
  t.match(said, /"transport":"tls","problem":"Nobody listens on port 5349\/tcp \(turn\.tls_port\)/)
  t.match(said, /"selfTest":"UDP failed, TCP [\d.]+ ms, TLS failed, TLS on the web port [\d.]+ ms"/)
  t.notMatch(said, 'relays reach what they should not', 'what could not be asked is not open')

  const curl = network.spawnOnServer(process.execPath, [
    '-e',
    `fetch('http://127.0.0.1:8080/readyz').then(async (answer) => {
      process.stdout.write(answer.status + ' ' + await answer.text())
    })`,
  ])
  const [answer] = await once(curl.stdout ?? curl, 'data')
  t.match(String(answer), /^503 .*"name":"relay","ok":false,"detail":"UDP: No answer on port 3478/)
})
