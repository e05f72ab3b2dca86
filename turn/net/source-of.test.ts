import t from 'tap'
import { sourceOf } from './source-of.ts'

t.test('takes a whole IPv6 /64 for one client, and an IPv4 address however it is written', (t) => {
  t.equal(sourceOf('2001:db8:0:1::1'), '2001:db8:0:1::/64')
  t.equal(sourceOf('2001:db8:0:1:ffff::2'), '2001:db8:0:1::/64')
  t.equal(sourceOf('2001:db8:0:2::1'), '2001:db8:0:2::/64')
  t.equal(sourceOf('192.0.2.1'), '192.0.2.1')
  t.equal(sourceOf('::ffff:192.0.2.1'), '192.0.2.1')
  t.end()
})
