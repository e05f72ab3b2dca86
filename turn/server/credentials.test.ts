import t from 'tap'
import { longTermKey } from '../protocol/integrity.ts'
import { issueCredentials, LongTermCredentials } from './credentials.ts'

const nowSeconds = 1_700_000_000
const now = { monotonicMs: 0, unixSeconds: nowSeconds }

t.test('issues what it then takes, until it expires', (t) => {
  const issued = issueCredentials({ secret: 's', id: 'alice', lifetimeSeconds: 60, nowSeconds })
  t.match(issued, { username: '1700000060:alice', expiresAtSeconds: 1_700_000_060 })
  const credentials = new LongTermCredentials('r', { secrets: ['s', 'older'] })
  const known = credentials.userOf(issued.username, now)
  t.equal(known?.userId, 'alice')
  t.same(known?.keys[0]?.md5, longTermKey(issued.username, 'r', issued.password))
  t.equal(credentials.userOf(issued.username, { ...now, unixSeconds: nowSeconds + 60 }), undefined)
  t.end()
})

t.test('makes the password chat servers make: base64 HMAC-SHA1 of the name', (t) => {
  // printf '1700000060:alice' | openssl dgst -sha1 -hmac 'north wind' -binary | base64
  const issued = issueCredentials({
    secret: 'north wind',
    id: 'alice',
    lifetimeSeconds: 60,
    nowSeconds,
  })
  t.equal(issued.password, 'tHb1zvDGHWzGY/dGQ2PTDVHjcgs=')
  t.end()
})

t.test('counts a name without id as its own user, and refuses other forms', (t) => {
  const credentials = new LongTermCredentials('r', { secrets: ['s'] })
  t.equal(credentials.userOf('1700000060', now)?.userId, '1700000060')
  t.equal(credentials.userOf('1700000060:', now)?.userId, '1700000060:')
  t.equal(credentials.userOf('1700000060:a:b\nc', now)?.userId, 'a:b\nc')
  for (const name of [
    'alice',
    'alice:1700000060',
    '-1:a',
    '1e9:a',
    ' 1700000060:a',
    '99999999999:a',
  ]) {
    t.equal(credentials.userOf(name, now), undefined, name)
  }
  t.end()
})
