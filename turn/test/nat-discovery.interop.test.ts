import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import type { TurnEngine, TurnEngineOptions } from '../index.ts'
import { startOurCluster } from './our-cluster.ts'
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

type Options = Pick<TurnEngineOptions, 'listen' | 'natDiscovery'>

const skip = needs('coturn')

t.setTimeout(120_000)

const servers = {
  'our engine': async (options: Options) => (await startOurEngine(options)).engine,
  'our engine in two workers': async (options: Options) => (await startOurCluster(options)).cluster,
}

for (const [name, start] of Object.entries(servers)) {
  t.test(`coturn's discovery tool sees through ${name} (RFC 5780)`, { skip }, async (t) => {
    const port = await freePort()
    const otherPort = await freePort()
    const engine = await start({
      listen: { udp: [{ ip: '127.0.0.1', port }], tcp: [] },
      natDiscovery: { ip: '127.0.0.2', port: otherPort },
    })
    t.teardown(() => engine.close('test is over'))
    t.same(addressesOf(engine), [
      `127.0.0.1:${port}`,
      `127.0.0.1:${otherPort}`,
      `127.0.0.2:${port}`,
      `127.0.0.2:${otherPort}`,
    ])
    for (const [mode, { args, finds }] of Object.entries(modes)) {
      const output = await discover(port, args)
      for (const pattern of finds) t.match(output, pattern, mode)
      t.match(output, `Other addr: : 127.0.0.2:${otherPort}`, mode)
      t.notMatch(output, /timeout/, mode)
    }
  })
}

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
