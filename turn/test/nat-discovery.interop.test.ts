import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import type { TurnEngine } from '../index.ts'
import { startOurEngine } from './our-engine.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

const noNat = /No NAT! \(Endpoint Independent Mapping\)/
const modes: Readonly<Record<string, Readonly<{ args: readonly string[]; finds: RegExp[] }>>> = {
  'how a NAT maps': { args: ['-m'], finds: [noNat] },
  'what a NAT lets in': {
    args: ['-f'],
    finds: [noNat, /NAT with Endpoint Independent Filtering!/],
  },
  'how a NAT maps, with padding': { args: ['-m', '-P'], finds: [noNat] },
  'what a NAT lets in, with padding': {
    args: ['-f', '-P'],
    finds: [noNat, /NAT with Endpoint Independent Filtering!/],
  },
  'whether a NAT leads back in': { args: ['-H'], finds: [/successful hairpinning/] },
  'whether clients collide in a NAT': {
    args: ['-c', '-A', '127.0.0.3'],
    finds: [/reflexive addr: 127\.0\.0\.3:/],
  },
  'how long a mapping lives': { args: ['-t', '-T', '1'], finds: [/RFC 5780 response 2/] },
}

async function freePort(): Promise<number> {
  const probe = await UdpEndpoint.open()
  const { port } = probe
  probe.close()
  return port
}

async function discover(port: number, args: readonly string[]): Promise<string> {
  const all = [...args, '-p', `${port}`, '-L', '127.0.0.1', '127.0.0.1']
  const child = spawn('turnutils_natdiscovery', all, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  await once(child, 'close')
  return output
}

t.setTimeout(120_000)

t.test(
  "coturn's discovery tool sees through our engine (RFC 5780)",
  { skip: needs('coturn') },
  async (t) => {
    const port = await freePort()
    const otherPort = await freePort()
    const server = await startOurEngine({
      listen: { udp: [{ ip: '127.0.0.1', port }], tcp: [] },
      natDiscovery: { ip: '127.0.0.2', port: otherPort },
    })
    t.teardown(() => server.close())
    t.same(addressesOf(server.engine), [
      `127.0.0.1:${port}`,
      `127.0.0.1:${otherPort}`,
      `127.0.0.2:${port}`,
      `127.0.0.2:${otherPort}`,
    ])
    for (const [name, { args, finds }] of Object.entries(modes)) {
      const output = await discover(port, args)
      for (const pattern of finds) t.match(output, pattern, name)
      t.match(output, `Other addr: : 127.0.0.2:${otherPort}`, name)
      t.notMatch(output, /timeout/, name)
    }
  },
)

function addressesOf(engine: TurnEngine): readonly string[] {
  return engine.listening().map(({ ip, port }) => `${ip}:${port}`)
}

t.test('refuses addresses that cannot show anything', async (t) => {
  const port = await freePort()
  for (const natDiscovery of [
    { ip: '127.0.0.1', port: 1234 },
    { ip: '127.0.0.2', port },
    { ip: '::1', port: 1234 },
    { ip: '0.0.0.0', port: 1234 },
  ]) {
    const listen = { udp: [{ ip: '127.0.0.1', port }], tcp: [] }
    await t.rejects(startOurEngine({ listen, natDiscovery }), { code: 'TURN_BAD_OPTION' })
  }
})
