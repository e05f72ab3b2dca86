import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import {
  type ClientRun,
  type CoturnBench,
  messages,
  runTool,
  startCoturnBench,
  withSharedSecret,
} from './coturn-tools.ts'
import { until } from './until.ts'

t.setTimeout(600_000)

const transports = ['udp', 'tcp', 'tls'] as const
const families = [4, 6] as const

/** What browsers and operators use: each transport, both ways to send, each IP version. */
const everyday = transports.flatMap((transport) =>
  families.flatMap((family) => [
    run(`channels over ${transport}, IPv${family}`, { transport, family }),
    run(`Send indications over ${transport}, IPv${family}`, { transport, family, flags: ['-s'] }),
  ]),
)

const toEachOther = transports.flatMap((transport) => [
  run(`one client to the other over ${transport}`, { transport, family: 4, flags: ['-y', '-c'] }),
])

/** Not `-Z`: for two relayed addresses the tool asks by the number of a draft, 0x8032, not by RFC 8656's. */
const special = [
  run('one allocation each, without RTCP', { transport: 'udp', family: 4, flags: ['-c'] }),
  run('one client to the other, IPv6', {
    transport: 'udp',
    family: 6,
    flags: ['-y', '-c', '-x'],
  }),
  run('one client to the other by Send, with RTCP', {
    transport: 'udp',
    family: 4,
    flags: ['-y', '-s'],
    sessions: 4,
  }),
  run('padded channels over UDP', { transport: 'udp', family: 4, flags: ['-D'] }),
  run('padded channels over TCP', { transport: 'tcp', family: 4, flags: ['-D'] }),
  run('DONT-FRAGMENT with channels', { transport: 'udp', family: 4, flags: ['-g'] }),
  run('DONT-FRAGMENT with Send', { transport: 'udp', family: 4, flags: ['-g', '-s'] }),
  run('DONT-FRAGMENT over TLS, IPv6', { transport: 'tls', family: 6, flags: ['-g'] }),
  run('an IPv6 relay for an IPv4 client', {
    transport: 'udp',
    family: 4,
    peerFamily: 6,
    flags: ['-x'],
  }),
  run('an IPv4 relay for an IPv6 client', {
    transport: 'udp',
    family: 6,
    peerFamily: 4,
    flags: ['-X'],
  }),
  run('an IPv6 relay for an IPv4 client over TLS, by Send', {
    transport: 'tls',
    family: 4,
    peerFamily: 6,
    flags: ['-x', '-s'],
  }),
  run('credentials that the tool makes of the shared secret', {
    transport: 'udp',
    family: 4,
    flags: ['-c', ...withSharedSecret],
  }),
  run('further requests in between', { transport: 'udp', family: 4, flags: ['-G'] }),
  run('ORIGIN and BANDWIDTH, which we ignore', {
    transport: 'udp',
    family: 4,
    flags: ['-o', 'https://calls.example', '-a', '1000000'],
  }),
  run('messages of 1200 bytes', { transport: 'udp', family: 4, flags: ['-l', '1200'] }),
]

function run(name: string, how: ClientRun): readonly [string, ClientRun] {
  return [name, how]
}

t.test("coturn's client tools work with our engine", { skip: needs('coturn') }, async (t) => {
  const bench = await startCoturnBench(t)
  await t.test('turnutils_stunclient learns its address', async (t) => {
    const port = `${bench.portOf('udp', 4)}`
    const { output } = await runTool('turnutils_stunclient', ['-p', port, '127.0.0.1'])
    t.match(output, /UDP reflexive addr: 127\.0\.0\.1:\d+/)
  })
  // The tool mostly waits, so some run at a time.
  await t.test('turnutils_uclient', { jobs: 10 }, async (t) => {
    for (const [name, how] of [...everyday, ...toEachOther, ...special]) {
      t.test(name, { buffered: true }, (t) => losesNothing(t, bench, how))
    }
  })
  await t.test('turnutils_uclient is refused a peer on two channels, as by coturn', async (t) => {
    const { output } = await bench.runClient({ transport: 'udp', family: 4, flags: ['-N'] })
    t.match(output, /channel bind: error 400/)
  })
  // Over UDP the tool leaves its allocations to time.
  const isLeft = () => bench.engine.allocations().some(({ client }) => client.transport !== 'udp')
  await until(() => !isLeft())
  t.equal(bench.engine.stats().bugs, 0)
})

/** Even ports and reservation tokens come to any of the workers: the tool asks on several sockets. */
t.test("coturn's client tools work with worker processes", { skip: needs('coturn') }, async (t) => {
  const bench = await startCoturnBench(t, 3)
  await t.test('turnutils_uclient', { jobs: 10 }, async (t) => {
    for (const [name, how] of [...everyday, ...toEachOther]) {
      t.test(name, { buffered: true }, (t) => losesNothing(t, bench, how))
    }
  })
  t.equal(bench.engine.stats().workers.restarts, 0)
  t.equal(bench.engine.stats().bugs, 0)
})

async function losesNothing(t: Test, bench: CoturnBench, how: ClientRun): Promise<void> {
  const { output, code, sent, received } = await bench.runClient(how)
  t.equal(sent, (how.sessions ?? 2) * messages, 'sent')
  t.equal(received, sent, 'received')
  t.match(output, /Total lost packets 0 /)
  t.equal(code, 0)
}
