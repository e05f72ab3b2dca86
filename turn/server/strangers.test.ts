import t from 'tap'
import { defaultLimits } from './limits.ts'
import { accept, reject } from './request.ts'
import { Strangers } from './strangers.ts'

type Coming = Readonly<{ transport: 'udp' | 'tcp'; port: number; hasAllocation: boolean }>

const limits = { ...defaultLimits, wrongCredentialsPerMinute: 6 }
const random = { bytes: (length: number) => new Uint8Array(length) }
const wrong = { ...reject(401, 'wrong credentials'), wrongCredentials: true }
const unsigned = reject(401, 'not signed')
const server = { family: 4, ip: '203.0.113.1', port: 3478 } as const

function from(
  ip: string,
  { transport = 'udp', port = 1000, hasAllocation = false }: Partial<Coming> = {},
) {
  const client = { family: ip.includes(':') ? 6 : 4, ip, port } as const
  return { from: { transport, client, server }, hasAllocation }
}

t.test('is silent towards a source that guesses, and lets it try again later', (t) => {
  const strangers = new Strangers(limits, random)
  for (let i = 0; i < 6; i++) t.equal(strangers.refusalOf(from('192.0.2.1'), wrong, 0), undefined)
  t.equal(strangers.refusalOf(from('192.0.2.1'), wrong, 0), 'tooManyGuesses')
  t.equal(strangers.refusalOf(from('192.0.2.1'), unsigned, 0), 'tooManyGuesses', 'no nonces either')
  t.equal(strangers.refusalOf(from('192.0.2.1'), accept(), 0), undefined, 'but its address')
  t.equal(strangers.refusalOf(from('192.0.2.2'), wrong, 0), undefined, 'others are not concerned')
  t.equal(strangers.refusalOf(from('192.0.2.1'), wrong, 9_999), 'tooManyGuesses')
  t.equal(strangers.refusalOf(from('192.0.2.1'), wrong, 10_000), undefined, 'six a minute')
  t.end()
})

t.test('takes a whole IPv6 /64 for one source', (t) => {
  const strangers = new Strangers(limits, random)
  for (let i = 0; i < 6; i++) strangers.refusalOf(from(`2001:db8:0:1::${i}`), wrong, 0)
  t.equal(strangers.refusalOf(from('2001:db8:0:1:ffff::'), wrong, 0), 'tooManyGuesses')
  t.equal(strangers.refusalOf(from('2001:db8:0:2::'), wrong, 0), undefined)
  t.end()
})

t.test('counts asking for a nonce as no guess', (t) => {
  const strangers = new Strangers(limits, random)
  for (let i = 0; i < 100; i++) strangers.refusalOf(from('192.0.2.1'), unsigned, i * 100)
  t.equal(strangers.refusalOf(from('192.0.2.1'), wrong, 10_000), undefined)
  t.end()
})

t.test('does not take datagrams, whose address anybody can write, for streams', (t) => {
  const strangers = new Strangers(limits, random)
  let answers = 0
  while (strangers.refusalOf(from('192.0.2.1'), unsigned, 0) === undefined) answers++
  t.equal(answers, limits.unauthenticatedAnswersBurst)
  t.equal(strangers.refusalOf(from('192.0.2.1', { transport: 'tcp' }), unsigned, 0), undefined)
  t.end()
})

t.test('gives a client with an allocation a budget of its own, and a limit too', (t) => {
  const strangers = new Strangers(limits, random)
  while (strangers.refusalOf(from('192.0.2.1'), unsigned, 0) === undefined);
  const client = from('192.0.2.1', { hasAllocation: true })
  let answers = 0
  while (strangers.refusalOf(client, unsigned, 0) === undefined) answers++
  t.equal(answers, limits.unauthenticatedAnswersBurst)
  t.end()
})
