import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { editDistance, nearestName } from './nearest-name.ts'
import { isAnnouncedAddress, isCidr, isHostName, parseIpPort, parseStunServer } from './values.ts'

t.test('tells host names from other texts (RFC 1123 §2.1)', async (t) => {
  for (const name of ['a', 'calls.example.org', 'xn--bcher-kva.example', '3com.com']) {
    t.ok(isHostName(name), name)
  }
  for (const name of [
    '',
    'a b',
    '-a',
    'a-',
    'a..b',
    '1.2.3',
    'a'.repeat(64),
    `${'a.'.repeat(130)}b`,
  ]) {
    t.notOk(isHostName(name), name)
  }
})

t.test('announces only addresses that name one host', async (t) => {
  for (const ip of ['192.0.2.1', '10.0.0.1', '2001:db8::1', 'host'])
    t.ok(isAnnouncedAddress(ip), ip)
  for (const ip of ['0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255', 'a:b']) {
    t.notOk(isAnnouncedAddress(ip), ip)
  }
})

t.test('takes addresses with and without a prefix length as ranges', async (t) => {
  for (const range of ['10.0.0.0/8', '::1', '127.0.0.1', 'fd00::/8']) t.ok(isCidr(range), range)
  for (const range of ['10.0.0.0/33', '10', 'host', '', '::/129']) t.notOk(isCidr(range), range)
})

t.test('parses STUN servers with and without scheme and port', async (t) => {
  t.same(parseStunServer('stun:a.example:19302'), { host: 'a.example', port: 19302 })
  t.same(parseStunServer('a.example'), { host: 'a.example', port: 3478 })
  t.same(parseStunServer('192.0.2.1:5'), { host: '192.0.2.1', port: 5 })
  t.same(parseStunServer('[2001:db8::1]:5'), { host: '2001:db8::1', port: 5 })
  t.same(parseStunServer('2001:db8::1'), { host: '2001:db8::1', port: 3478 })
  for (const bad of ['', 'a b', 'a:0', 'a:99999', '[a]:5', 'a:b:c', 'turn:a']) {
    t.equal(parseStunServer(bad), undefined, bad)
  }
})

t.test('finds the nearest name, or none when nothing is close', async (t) => {
  t.equal(nearestName('docter', ['doctor', 'start']), 'doctor')
  t.equal(nearestName('verison', ['version', 'config']), 'version')
  t.equal(nearestName('qqqqqq', ['version', 'config']), undefined)
  t.equal(nearestName('', []), undefined)
})

t.test('property: the edit distance is a distance', async (t) => {
  const word = fc.string({ maxLength: 12 })
  const holds = fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b)
    assert.equal(distance, editDistance(b, a))
    assert.equal(distance === 0, a === b)
    assert.ok(distance <= Math.max(a.length, b.length))
  })
  t.doesNotThrow(() => fc.assert(holds))
})

t.test('reads an IP with a port, and nothing that only looks like one', (t) => {
  t.same(parseIpPort('192.0.2.2:3480'), { ip: '192.0.2.2', port: 3480 })
  t.same(parseIpPort('[2001:db8::2]:1'), { ip: '2001:db8::2', port: 1 })
  const none = ['192.0.2.2', '192.0.2.2:0', '192.0.2.2:65536', 'a.example:1', '2001:db8::2:80']
  for (const text of [...none, '[192.0.2.2]:1', ':1', '']) t.equal(parseIpPort(text), undefined)
  t.end()
})
