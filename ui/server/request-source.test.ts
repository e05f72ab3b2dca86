import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { attemptKey, createSourceFinder } from './request-source.ts'

function requestOf(remoteAddress: string, headers: Record<string, string>, encrypted = false) {
  return { socket: { remoteAddress, encrypted }, headers } as unknown as IncomingMessage
}

t.test('a direct request is what its socket says', async (t) => {
  const find = createSourceFinder([])
  const headers = {
    host: 'a.example:1',
    'x-forwarded-for': '192.0.2.9',
    'x-forwarded-proto': 'https',
  }
  t.same(find(requestOf('::ffff:192.0.2.1', headers)), {
    address: '192.0.2.1',
    secure: false,
    host: 'a.example:1',
  })
  t.equal(find(requestOf('192.0.2.1', headers, true)).secure, true)
})

t.test('of a chain of proxies the first address that is none counts', async (t) => {
  const find = createSourceFinder(['10.0.0.0/8', '2001:db8::1'])
  const addressFor = (remote: string, chain: string) =>
    find(requestOf(remote, { 'x-forwarded-for': chain })).address
  t.equal(addressFor('10.1.1.1', '192.0.2.7'), '192.0.2.7')
  t.equal(addressFor('10.1.1.1', '198.51.100.66, 192.0.2.7, 10.2.2.2'), '192.0.2.7')
  t.equal(addressFor('2001:db8::1', '2001:db8::beef'), '2001:db8::beef')
  t.equal(addressFor('10.1.1.1', 'garbage'), '10.1.1.1')
  t.equal(addressFor('10.1.1.1', ''), '10.1.1.1')
  t.throws(() => createSourceFinder(['not an address']))
})

t.test('a trusted proxy tells the scheme and the host', async (t) => {
  const find = createSourceFinder(['127.0.0.1'])
  const headers = {
    host: 'inner',
    'x-forwarded-host': 'outer.example',
    'x-forwarded-proto': 'https',
  }
  t.match(find(requestOf('127.0.0.1', headers)), { secure: true, host: 'outer.example' })
})

t.test('what is no host counts as none', async (t) => {
  const find = createSourceFinder([])
  const hostOf = (host: string) => find(requestOf('127.0.0.1', { host })).host
  for (const host of ['calls.example.org', 'a:8444', '192.0.2.1:80', '[2001:db8::1]:8444']) {
    t.equal(hostOf(host), host)
  }
  for (const host of ['', 'a b', 'a;b', 'a/b', 'a@b', "a'b", 'a:port', '[::1']) {
    t.equal(hostOf(host), '', host)
  }
})

t.test('attempts count per IPv4 address and per IPv6 /64', async (t) => {
  t.equal(attemptKey('::ffff:192.0.2.1'), '192.0.2.1')
  t.equal(attemptKey('2001:db8:1:2:3::4'), attemptKey('2001:db8:1:2:ffff::'))
  t.not(attemptKey('2001:db8:1:2::'), attemptKey('2001:db8:1:3::'))
  t.equal(attemptKey(''), 'unknown')
})
