import t from 'tap'
import type { TurnDeniedPeer } from '#api'
import { groupDenied } from './denied-groups.ts'

const denied = (address: string, more: Partial<TurnDeniedPeer> = {}): TurnDeniedPeer => ({
  address,
  reason: 'special-use: private 172.16.0.0/12',
  advice: 'Announce another.',
  by: 'channel',
  userId: 'ada',
  count: 1,
  lastAtMs: 1,
  ...more,
})

t.test('gathers the ports of an IP, what asked for it and who', async (t) => {
  const groups = groupDenied([
    denied('172.18.0.3:40002', { count: 3, lastAtMs: 5 }),
    denied('[2001:db8::1]:9', { lastAtMs: 9 }),
    denied('172.18.0.3:40001', { userId: 'grace', by: 'send' }),
    denied('172.18.0.3', { userId: '', by: 'permission' }),
    denied('172.18.0.3:40002', { reason: 'denied by turn.denied_peers' }),
  ])
  t.match(groups[0], { ip: '2001:db8::1', ports: [9] }, 'the latest first')
  t.match(groups[1], {
    ip: '172.18.0.3',
    ports: [40_001, 40_002],
    by: ['channel', 'send', 'permission'],
    userIds: ['ada', 'grace'],
    count: 5,
    lastAtMs: 5,
  })
  t.equal(groups.length, 3, 'another reason is another matter')
  t.same(groupDenied([denied('2001:db8::1')])[0]?.ip, '2001:db8::1', 'an IPv6 address has no port')
})
