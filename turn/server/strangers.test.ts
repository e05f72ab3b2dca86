import t from 'tap'
import { defaultLimits } from './limits.ts'
import { accept, reject } from './request.ts'
import { Strangers } from './strangers.ts'

const limits = { ...defaultLimits, wrongCredentialsPerMinute: 6 }
const random = { bytes: (length: number) => new Uint8Array(length) }
const wrong = { ...reject(401, 'wrong credentials'), wrongCredentials: true }
const unsigned = reject(401, 'not signed')

t.test('is silent towards a source that guesses, and lets it try again later', (t) => {
  const strangers = new Strangers(limits, random)
  for (let i = 0; i < 6; i++) t.equal(strangers.refusalOf('192.0.2.1', wrong, 0), undefined)
  t.equal(strangers.refusalOf('192.0.2.1', wrong, 0), 'tooManyGuesses')
  t.equal(strangers.refusalOf('192.0.2.1', unsigned, 0), 'tooManyGuesses', 'no nonces either')
  t.equal(strangers.refusalOf('192.0.2.1', accept(), 0), undefined, 'but its address')
  t.equal(strangers.refusalOf('192.0.2.2', wrong, 0), undefined, 'others are not concerned')
  t.equal(strangers.refusalOf('192.0.2.1', wrong, 9_999), 'tooManyGuesses')
  t.equal(strangers.refusalOf('192.0.2.1', wrong, 10_000), undefined, 'six a minute')
  t.end()
})

t.test('takes a whole IPv6 /64 for one source', (t) => {
  const strangers = new Strangers(limits, random)
  for (let i = 0; i < 6; i++) strangers.refusalOf(`2001:db8:0:1::${i}`, wrong, 0)
  t.equal(strangers.refusalOf('2001:db8:0:1:ffff::', wrong, 0), 'tooManyGuesses')
  t.equal(strangers.refusalOf('2001:db8:0:2::', wrong, 0), undefined)
  t.end()
})

t.test('counts asking for a nonce as no guess', (t) => {
  const strangers = new Strangers(limits, random)
  for (let i = 0; i < 100; i++) strangers.refusalOf('192.0.2.1', unsigned, i * 100)
  t.equal(strangers.refusalOf('192.0.2.1', wrong, 10_000), undefined)
  t.end()
})
