import t from 'tap'
import type { Opening } from './openings.ts'
import { ruleset } from './ruleset.ts'

const shut = { open: false, why: 'shut', ports: [22] }
const port = (at: number) => [{ from: at, to: at }]
const media: Opening = { protocol: 'udp', ports: port(8443), option: 'a', untracked: true }
const relays: Opening = {
  protocol: 'udp',
  ports: [{ from: 50_000, to: 50_999 }],
  option: 'b',
  untracked: true,
}
const pages: Opening = { protocol: 'tcp', ports: port(443), option: 'c', untracked: false }

t.test('replaces its own table and names no other', async (t) => {
  const text = ruleset([media], shut)
  const tables = [...text.matchAll(/table (\S+ \S+)/g)].map(([, table]) => table)
  t.same(tables, ['inet callbox', 'inet callbox', 'inet callbox'])
  t.match(text, /hook input priority filter; policy drop;/)
})

t.test('follows no connection of media, and those of everything else', async (t) => {
  const text = ruleset([media, pages, relays], shut)
  t.match(text, 'udp dport { 8443, 50000-50999 } notrack')
  t.match(text, 'udp sport { 8443, 50000-50999 } notrack')
  t.match(text, 'tcp dport { 443 } accept comment "c"')
})

t.test('lets SSH in only when it is decided so, and says why', async (t) => {
  t.notMatch(ruleset([media], shut), '22')
  const decided = { open: true, why: 'open, as anna has an authorised key', ports: [22, 2222] }
  const open = ruleset([media], decided)
  t.match(open, 'tcp dport { 22, 2222 } accept comment "SSH"')
  t.match(open, '# SSH: open, as anna has an authorised key\n')
})

t.test('lets only those in that an opening is for, by their IP version', async (t) => {
  const text = ruleset([{ ...pages, from: ['192.0.2.9/32', '2001:db8::/64'] }, media], shut)
  const rules = text.split('\n').filter((line) => line.includes('dport { 443 }'))
  t.same(
    rules.map((rule) => rule.trim()),
    [
      'ip saddr 192.0.2.9/32 tcp dport { 443 } accept comment "c"',
      'ip6 saddr 2001:db8::/64 tcp dport { 443 } accept comment "c"',
    ],
  )
})
