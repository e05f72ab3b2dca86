import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { createTestNetwork } from '../test/test-network.ts'

t.setTimeout(90_000)
const main = join(import.meta.dirname, '../main.ts')
const peers = join(import.meta.dirname, 'test/port-peers.ts')
const run = promisify(execFile)
const OTHERS = [22, 25, 111, 8045, 8080, 8442, 8446, 30_000, 49_151]
const RELAYS = [49_152, 55_555, 65_535]
const TCP = [8444, 8443, 8445, 3478, 5349]
const UDP = [8443, 8445, 3478, ...RELAYS]

type Attempt = Readonly<{ protocol: string; port: number; answered: boolean }>

async function createSite(t: Test) {
  const network = await createTestNetwork()
  t.teardown(network.close)
  const env = { CALLBOX_RTC__WORKERS: '2', CALLBOX_CONFIG: '' }
  const children: ChildProcess[] = []
  t.teardown(() => children.forEach((child) => void child.kill()))
  const onServer = async (command: string, ...args: string[]) => {
    const child = network.spawnOnServer(command, args, env)
    const ended = once(child, 'close')
    const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
    const [status] = await ended
    return { status, out, err }
  }
  const listener = network.spawnOnServer(process.execPath, [
    peers,
    'listen',
    [...TCP, ...OTHERS].join(),
    [...UDP, ...OTHERS].join(),
  ])
  children.push(listener)
  await once(createInterface({ input: listener.stdout ?? process.stdin }), 'line')
  const ipv6 = await network.addIpv6()
  return {
    onServer,
    firewall: (...options: string[]) => onServer(process.execPath, main, 'firewall', ...options),
    /** Comes from the other host to every port; what is dropped stays without an answer. */
    async comeTo(ip: string, tcp: readonly number[], udp: readonly number[]) {
      const child = network.spawnOnClient(process.execPath, [
        peers,
        'try',
        tcp.join(),
        udp.join(),
        ip,
      ])
      const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
      const attempts: readonly Attempt[] = JSON.parse(out || `"${err}"`)
      return attempts.filter(({ answered }) => answered).map((a) => `${a.protocol} ${a.port}`)
    },
    addresses: [network.serverIp, ipv6],
  }
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : text(stream)
}

const named = (tcp: readonly number[], udp: readonly number[]) => [
  ...tcp.map((port) => `tcp ${port}`),
  ...udp.map((port) => `udp ${port}`),
]

t.test(
  'on a real kernel, from another host',
  { skip: needs('netns', 'nft', 'conntrack') },
  async (t) => {
    const machine = async () => (await run('nft', ['list', 'ruleset'])).stdout
    const before = await machine()
    const site = await createSite(t)
    const [tcp, udp] = [
      [...TCP, ...OTHERS],
      [...UDP, ...OTHERS],
    ]

    await t.test('reaches every port while there is no firewall', async (t) => {
      for (const ip of site.addresses) t.same(await site.comeTo(ip, tcp, udp), named(tcp, udp), ip)
    })

    await t.test('then only those that the configuration names', async (t) => {
      t.match(await site.firewall('--apply'), { status: 0, err: '' })
      for (const ip of site.addresses) t.same(await site.comeTo(ip, tcp, udp), named(TCP, UDP), ip)
    })

    await t.test('follows no connection of media, and those of the pages', async (t) => {
      const { out } = await site.onServer('cat', '/proc/net/nf_conntrack')
      const list = out || (await site.onServer('conntrack', '-L')).out
      t.match(list, /tcp .*dport=8444/)
      for (const port of UDP) t.notMatch(list, new RegExp(`udp .*dport=${port} `))
    })

    await t.test('lets SSH in when asked to, and keeps other tables', async (t) => {
      await site.onServer('nft', 'add table inet other')
      t.match(await site.firewall('--apply', '--ssh'), {
        status: 0,
        out: 'SSH is open, as asked for',
      })
      t.same(await site.comeTo(site.addresses[0] ?? '', [22, 25], []), ['tcp 22'])
      t.match((await site.onServer('nft', 'list', 'tables')).out, 'table inet other')
    })

    await t.test('finds drift, and mends it', async (t) => {
      t.match(await site.firewall('--check', '--ssh'), { status: 0, out: /as it should be/ })
      await site.onServer('nft', 'add rule inet callbox input tcp dport 25 accept')
      t.match(await site.firewall('--check', '--ssh'), {
        status: 1,
        out: 'not ours: tcp dport 25 accept\n',
      })
      t.match(await site.firewall('--check'), { status: 1, out: /not ours: tcp dport 22/ })
      await site.firewall('--apply', '--no-ssh')
      t.match(await site.firewall('--check', '--no-ssh'), { status: 0 })
    })

    await t.test('goes without a trace, twice', async (t) => {
      t.match(await site.firewall('--revert'), { status: 0 })
      t.match(await site.firewall('--revert'), { status: 0 })
      t.equal((await site.onServer('nft', 'list', 'ruleset')).out.trim(), 'table inet other {\n}')
      t.match(await site.firewall('--check'), { status: 1, out: /has no table/ })
      t.same(await site.comeTo(site.addresses[0] ?? '', OTHERS, OTHERS), named(OTHERS, OTHERS))
    })

    t.equal(await machine(), before, 'the machine around the test is as it was')
  },
)
