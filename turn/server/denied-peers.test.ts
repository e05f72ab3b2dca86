import t from 'tap'
import { parseCidr } from './cidr.ts'
import { denialAdvice } from './denial-advice.ts'
import { DeniedPeers, shortUserId } from './denied-peers.ts'
import { createPeerPolicy, type PeerRules } from './peer-policy.ts'

const ranges = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? [])
const rules: PeerRules = {
  ownMedia: [{ ip: '198.18.0.1', port: 8443 }],
  ownIps: ['9.9.9.9'],
  relayPorts: { min: 50_000, max: 60_000 },
  allowed: [],
  denied: ranges('8.0.0.0/8'),
}
const denial = (ip: string, port = 4000) =>
  ({ peer: { ip, port }, by: 'permission', userId: 'alice' }) as const

t.test('keeps what was refused, why, how often and when, newest first', (t) => {
  const denied = new DeniedPeers(createPeerPolicy(rules))
  t.equal(denied.note(denial('172.17.0.2'), 1000), 'special-use: private 172.16.0.0/12')
  t.equal(denied.note(denial('8.8.8.8'), 2000), 'denied by turn.denied_peers 8.0.0.0/8')
  t.equal(
    denied.note({ ...denial('172.17.0.2'), userId: 'bob' }, 3000),
    undefined,
    'it is known already',
  )
  t.same(denied.rows({ monotonicMs: 4000, unixSeconds: 1_800_000_000 }), [
    {
      ip: '172.17.0.2',
      port: 4000,
      reason: 'special-use: private 172.16.0.0/12',
      by: 'permission',
      userId: 'bob',
      count: 2,
      firstAtMs: 1_800_000_000_000 - 3000,
      lastAtMs: 1_800_000_000_000 - 1000,
    },
    {
      ip: '8.8.8.8',
      port: 4000,
      reason: 'denied by turn.denied_peers 8.0.0.0/8',
      by: 'permission',
      userId: 'alice',
      count: 1,
      firstAtMs: 1_800_000_000_000 - 2000,
      lastAtMs: 1_800_000_000_000 - 2000,
    },
  ])
  t.equal(denied.total, 3)
  t.end()
})

t.test('names the port only where it was refused for its port', (t) => {
  const denied = new DeniedPeers(createPeerPolicy(rules))
  const reason = denied.note({ ...denial('9.9.9.9', 22), by: 'channel' }, 0)
  t.equal(reason, 'this machine, not a media port')
  t.end()
})

t.test('holds 256 rows and tells of 20 new ones a minute, whatever is asked for', (t) => {
  const denied = new DeniedPeers(createPeerPolicy(rules))
  const told = Array.from({ length: 10_000 }, (_, i) =>
    denied.note(denial(`10.0.${i >> 8}.${i & 255}`), i),
  ).filter((reason) => reason !== undefined)
  const rows = denied.rows({ monotonicMs: 10_000, unixSeconds: 0 })
  t.equal(rows.length, 256)
  t.equal(rows[0]?.ip, `10.0.${9999 >> 8}.${9999 & 255}`)
  t.equal(told.length, 20)
  t.ok(denied.note(denial('10.1.0.0'), 60_000), 'the next minute tells again')
  t.end()
})

t.test('forgets what other rules allow and gives the rest its new reason', (t) => {
  const policy = createPeerPolicy(rules)
  const denied = new DeniedPeers(policy)
  denied.note(denial('172.17.0.2'), 0)
  denied.note(denial('8.8.8.8'), 0)
  policy.replace({ ...rules, mode: 'sfu-only', allowed: ranges('172.17.0.0/16'), denied: [] })
  denied.review()
  const rows = denied.rows({ monotonicMs: 0, unixSeconds: 0 })
  t.match(rows, [{ ip: '8.8.8.8', reason: 'sfu-only: not in turn.allowed_peers' }])
  t.equal(rows.length, 1)
  t.end()
})

t.test('gives advice for every kind of refusal', (t) => {
  const policy = createPeerPolicy(rules)
  const adviceFor = (ip: string, port = 4000) =>
    denialAdvice({ ip, reason: policy.verdict({ ip, port }).reason })
  t.match(adviceFor('172.17.0.2'), /Docker.*ice_host_override.*add 172\.17\.0\.2/)
  t.match(adviceFor('10.0.0.3'), /private.*turn\.allowed_peers/)
  t.match(adviceFor('127.0.0.1'), /loopback/)
  t.match(adviceFor('169.254.169.254'), /credentials/)
  t.match(adviceFor('168.63.129.16'), /credentials/)
  t.match(adviceFor('64:ff9b::7f00:1'), /get inside/)
  t.match(adviceFor('8.8.8.8'), /denied_peers/)
  t.match(adviceFor('9.9.9.9', 22), /media port/)
  t.match(adviceFor('224.0.0.1'), /No peer/)
  policy.replace({ ...rules, mode: 'sfu-only' })
  t.match(adviceFor('1.1.1.1'), /media server only/)
  t.end()
})

t.test('shortens user ids for logs', (t) => {
  t.equal(shortUserId('alice'), 'alice')
  t.equal(shortUserId('y3bhwf8pzjbjxpn6g5ekpn5f9y'), 'y3bhwf…')
  t.end()
})
