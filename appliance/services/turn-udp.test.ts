import t from 'tap'
import { turnUdpListeners } from './turn-udp.ts'

const relay = { ip: '0.0.0.0', announcedIp: '192.0.2.1' }
const relay6 = { ip: '::', announcedIp: '2001:db8::1' }
const anyIps = ['0.0.0.0', '::']
const listenIps = ['127.0.0.1', '::1', '192.0.2.1', '192.0.2.2', '2001:db8::1']

function ipsFor(
  alternate?: string,
  relays: Parameters<typeof turnUdpListeners>[0]['plan']['relays'] = [relay, relay6],
) {
  const at = alternate === undefined ? undefined : { ip: alternate, port: 3479 }
  const listeners = turnUdpListeners({ plan: { anyIps, relays }, listenIps }, 3478, at)
  t.ok(listeners.every(({ port }) => port === 3478))
  return listeners.map(({ ip }) => ip)
}

t.test('listens everywhere', async (t) => {
  t.same(ipsFor(), ['0.0.0.0', '::'])
})

t.test('tells addresses apart for NAT discovery, the announced one first', async (t) => {
  t.same(ipsFor('192.0.2.2'), ['192.0.2.1', '127.0.0.1', '192.0.2.2', '::'])
  t.same(ipsFor('2001:db8::2'), ['2001:db8::1', '::1', '0.0.0.0'])
})

t.test('tells those apart that relays do', async (t) => {
  const bound = { ip: '192.0.2.2', announcedIp: '192.0.2.2' }
  t.same(ipsFor(undefined, [bound, relay6]), ['192.0.2.2', '127.0.0.1', '192.0.2.1', '::'])
})
