import t from 'tap'
import { turnUdpListeners } from './turn-udp.ts'

const relay6 = { ip: '::', announcedIp: '2001:db8::1' }
const plan: Parameters<typeof turnUdpListeners>[0] = {
  anyIps: ['0.0.0.0', '::'],
  relays: [{ ip: '0.0.0.0', announcedIp: '192.0.2.1' }, relay6],
  ownIps: ['127.0.0.1', '::1', '192.0.2.1', '192.0.2.2', '2001:db8::1'],
}
const ipsFor = (ip?: string) =>
  turnUdpListeners(plan, 3478, ip === undefined ? undefined : { ip, port: 3479 }).map((at) => at.ip)

t.test('listens everywhere', (t) => {
  t.same(turnUdpListeners(plan, 3478, undefined), [
    { ip: '0.0.0.0', port: 3478 },
    { ip: '::', port: 3478 },
  ])
  t.end()
})

t.test(
  'tells the addresses of one IP version apart for NAT discovery, the announced one first',
  (t) => {
    t.same(ipsFor('192.0.2.2'), ['192.0.2.1', '127.0.0.1', '192.0.2.2', '::'])
    t.same(ipsFor('2001:db8::2'), ['2001:db8::1', '::1', '0.0.0.0'])
    t.end()
  },
)

t.test('tells those apart that relays do', (t) => {
  const relay = { ip: '192.0.2.2', announcedIp: '192.0.2.2' }
  const listeners = turnUdpListeners({ ...plan, relays: [relay, relay6] }, 3478, undefined)
  t.same(
    listeners.map(({ ip }) => ip),
    ['192.0.2.2', '127.0.0.1', '192.0.2.1', '::'],
  )
  t.end()
})
