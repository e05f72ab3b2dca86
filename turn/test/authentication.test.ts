import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { username } from '../protocol/attributes/username.ts'
import { paddedLength } from '../protocol/bytes.ts'
import { messageIntegrityType } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import { parseStunMessage } from '../protocol/stun-message.ts'
import { issueCredentials } from '../server/credentials.ts'
import { encodeRequest, having, havingRaw } from './encode-request.ts'
import { errorIn, responseIn, Scenario, scenarioRealm } from './scenario.ts'

const udp = having(requestedTransport, 17)

t.test('answers an unsigned request with 401, realm and nonce, unsigned (RFC 8489 §9.2.4)', (t) => {
  const client = new Scenario().client()
  const outputs = client.send(encodeRequest(methods.allocate, [udp]))
  t.equal(errorIn(outputs), 401)
  const answer = responseIn(outputs)
  const read = readAttributes(answer, { realm, nonce })
  t.match(read, { value: { realm: scenarioRealm, nonce: /^obMatJos2AAAB[\w-]{19}$/ } })
  t.notOk(answer.attributes.some(({ type }) => type === messageIntegrityType))
  t.end()
})

t.test('keeps nothing of a request it cannot verify', (t) => {
  const scenario = new Scenario()
  for (let port = 1; port <= 500; port++) {
    scenario.client({ port }).send(encodeRequest(methods.allocate, [udp]))
  }
  t.equal(scenario.server.nextTimeoutMs(), undefined)
  t.equal(scenario.server.stats().allocations, 0)
  t.end()
})

t.test('answers 400 to a signed request without name, realm or nonce (RFC 8489 §9.2.4)', (t) => {
  const client = new Scenario().client()
  const signature = havingRaw(messageIntegrityType, new Uint8Array(20))
  const name = having(username, 'x')
  t.equal(errorIn(client.send(encodeRequest(methods.allocate, [udp, signature]))), 400)
  t.equal(errorIn(client.send(encodeRequest(methods.allocate, [udp, name, signature]))), 400)
  t.end()
})

t.test("answers 438 with a new nonce when the nonce is old, forged or another client's", (t) => {
  const scenario = new Scenario()
  const client = scenario.client({ lifetimeSeconds: 7200 }).learnNonce()
  const other = scenario.client({ port: 1001 })
  other.login = { ...other.login, nonce: client.login.nonce }
  t.equal(errorIn(other.request(methods.allocate, udp)), 438, "another client's")
  other.login = { ...other.login, nonce: `obMatJos2AAAB${'A'.repeat(19)}` }
  t.equal(errorIn(other.request(methods.allocate, udp)), 438, 'forged')
  scenario.advance(3601)
  const stale = client.request(methods.allocate, udp)
  t.equal(errorIn(stale), 438, 'old')
  const read = readAttributes(responseIn(stale), { nonce })
  if (!read.ok || !read.value.nonce) throw new Error('438 must carry a nonce')
  const fresh = scenario.client({ id: 'bob' })
  fresh.login = { ...fresh.login, nonce: read.value.nonce }
  t.equal(errorIn(fresh.request(methods.allocate, udp)), undefined, 'the new one holds')
  t.end()
})

t.test('answers an unknown name and a wrong password alike with 401', (t) => {
  const scenario = new Scenario()
  const logins = [
    { username: 'nobody' },
    { password: 'wrong' },
    { username: 'constructor', password: 'undefined' },
    { username: '__proto__', password: '' },
    { username: `${1_800_000_000 + 86_400 * 365}:far` },
    { username: '1:long ago' },
  ]
  for (const login of logins) {
    const client = scenario.client().learnNonce()
    client.login = { ...client.login, ...login }
    t.equal(errorIn(client.request(methods.allocate, udp)), 401, JSON.stringify(login))
  }
  t.equal(scenario.server.stats().allocations, 0)
  t.end()
})

t.test('takes credentials of the secret before while secrets are replaced', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  const { unixSeconds } = scenario.now
  const old = {
    secret: 'the secret before',
    id: 'bob',
    lifetimeSeconds: 60,
    nowSeconds: unixSeconds,
  }
  client.login = { ...client.login, ...issueCredentials(old) }
  t.equal(errorIn(client.request(methods.allocate, udp)), undefined)
  t.end()
})

t.test(
  'answers a stranger no more than the budget, then falls silent until it has refilled',
  (t) => {
    const limits = { unauthenticatedAnswersPerSecond: 2, unauthenticatedAnswersBurst: 5 }
    const scenario = new Scenario({ limits })
    const ask = (port: number) => scenario.client({ port }).send(encodeRequest(methods.binding, []))
    const answered = Array.from({ length: 20 }, (_, i) => ask(1000 + i).length)
    t.equal(answered.filter(Boolean).length, 5)
    scenario.advance(1)
    t.equal([1, 2, 3].filter((port) => ask(port).length > 0).length, 2)
    t.end()
  },
)

t.test('hangs up on a stream that gets no answer, unless it has an allocation', (t) => {
  const limits = { unauthenticatedAnswersPerSecond: 0, unauthenticatedAnswersBurst: 3 }
  const scenario = new Scenario({ limits })
  const malformed = encodeRequest(methods.binding, [])
  malformed[7] = 0
  const owner = scenario.client({ transport: 'tcp' })
  owner.allocate()
  t.same(owner.send(malformed), [])
  const stranger = scenario.client({ transport: 'tcp', port: 1001 })
  const hangUp = [{ type: 'closeClient', client: stranger.tuple }]
  t.same(stranger.send(malformed), hangUp)
  const ask = () => stranger.send(encodeRequest(methods.binding, []))
  t.same(
    [ask(), ask()].map(([output]) => output?.type),
    ['sendToClient', 'sendToClient'],
  )
  t.same(ask(), hangUp, 'over budget')
  t.end()
})

t.test(
  "does not count a client with an allocation against its address's budget, but by itself",
  (t) => {
    const limits = { unauthenticatedAnswersPerSecond: 0, unauthenticatedAnswersBurst: 3 }
    const scenario = new Scenario({ limits })
    const [client, neighbour] = [scenario.client(), scenario.client({ port: 1001 })]
    client.allocate()
    const answers = (who: typeof client) => {
      const asked = Array.from({ length: 5 }, () => who.send(encodeRequest(methods.binding, [])))
      return asked.filter(({ length }) => length === 1).length
    }
    t.equal(answers(neighbour), 2, 'one went for the nonce')
    t.equal(answers(client), 3)
    t.end()
  },
)

t.test('never answers responses, indications or what is no STUN', (t) => {
  const client = new Scenario().client()
  const silent = [
    encodeRequest(methods.binding, [], { class: 'success' }),
    encodeRequest(methods.binding, [], { class: 'error' }),
    encodeRequest(methods.allocate, [], { class: 'error' }),
    encodeRequest(methods.binding, [], { class: 'indication' }),
    encodeRequest(0x0ff, []),
    new Uint8Array(0),
    Uint8Array.of(0x16, 3, 1),
    Uint8Array.of(0x40, 0, 0, 0),
  ]
  for (const bytes of silent) t.same(client.send(bytes), [])
  t.end()
})

t.test('answers strangers with few bytes: 32 for Binding, 80 and the realm for 401', (t) => {
  const client = new Scenario().client()
  const binding = responseIn(client.send(encodeRequest(methods.binding, [])))
  t.equal(binding.bytes.length, 32)
  const unsigned = responseIn(client.send(encodeRequest(methods.allocate, [udp])))
  t.equal(unsigned.bytes.length, 80 + paddedLength(scenarioRealm.length))
  t.end()
})

t.test(
  'mirrors a checksum (RFC 8489 §14.7) and refuses what it must understand in a Binding',
  (t) => {
    const client = new Scenario().client()
    const summed = client.send(encodeRequest(methods.binding, [], { fingerprint: true }))
    const bytes = responseIn(summed).bytes
    t.equal(parseStunMessage(bytes).ok, true)
    t.equal(bytes.length, 40)
    t.equal(errorIn(client.send(encodeRequest(methods.binding, [havingRaw(0x0003)]))), 420)
    t.end()
  },
)

t.test('stops answering a source that guesses passwords, but not the one who has them', (t) => {
  const scenario = new Scenario({ limits: { wrongCredentialsPerMinute: 5 } })
  const honest = scenario.client({ port: 1 }).learnNonce()
  const guesser = scenario.client({ port: 2 }).learnNonce()
  const { password } = guesser.login
  guesser.login = { ...guesser.login, password: 'guess' }
  for (let i = 0; i < 5; i++) t.equal(errorIn(guesser.request(methods.allocate, udp)), 401)
  t.same(guesser.request(methods.allocate, udp), [])
  t.same(guesser.send(encodeRequest(methods.allocate, [udp])), [], 'nor a nonce')
  t.equal(errorIn(honest.request(methods.allocate, udp)), undefined, 'behind the same NAT')
  guesser.login = { ...guesser.login, password }
  t.equal(errorIn(guesser.request(methods.allocate, udp)), undefined, 'guessed right')
  t.equal(scenario.server.stats().dropsByReason['tooManyGuesses'], 2)
  t.end()
})

t.test(
  'looks no more at a password that was wrong too often, so that no guess is seen to be right',
  (t) => {
    const users = new Map([
      ['carol', 'the right one'],
      ['dave', 'another'],
    ])
    const limits = { wrongCredentialsPerMinute: 6 }
    const scenario = new Scenario({ sources: { secrets: [], users }, limits })
    const client = scenario.client().learnNonce()
    const { nonce: issued = '' } = client.login
    const as = (username: string, password: string, nonceThen: string) => {
      client.login = { ...client.login, username, password, nonce: nonceThen }
      const outputs = client.request(methods.allocate, udp)
      return outputs.length === 0 ? 'silence' : errorIn(outputs)
    }
    for (let i = 0; i < 6; i++) t.equal(as('carol', `guess ${i}`, issued), 401)
    t.equal(as('carol', 'the right one', issued), 'silence', 'right or wrong')
    const forged = `obMatJos2AAAB${'A'.repeat(19)}`
    for (let i = 0; i < 6; i++) as('carol', `guess ${i}`, forged)
    const told = as('carol', 'the right one', forged)
    t.equal(told, as('carol', 'guess', forged), 'nor does a stale nonce tell')
    t.equal(as('dave', 'another', issued), undefined, 'another name is not concerned')
    t.equal(scenario.server.stats().allocations, 1)
    scenario.advance(10)
    t.equal(as('carol', 'the right one', issued), 437, 'after a while it is looked at again')
    t.end()
  },
)

t.test('checks few of the signatures that come with nonces nobody was given', (t) => {
  const scenario = new Scenario({
    limits: { unauthenticatedAnswersBurst: 1e6, wrongCredentialsPerMinute: 1e6 },
  })
  const flood = scenario.client().learnNonce()
  flood.login = { ...flood.login, password: 'guess', nonce: `obMatJos2AAAB${'A'.repeat(19)}` }
  const codes = Array.from({ length: 2000 }, () => errorIn(flood.request(methods.allocate, udp)))
  t.equal(codes.filter((code) => code === 401).length, 500)
  t.equal(codes.filter((code) => code === 438).length, 1500)
  t.equal(
    errorIn(scenario.client({ port: 2 }).learnNonce().request(methods.allocate, udp)),
    undefined,
  )
  scenario.advance(1)
  t.equal(errorIn(flood.request(methods.allocate, udp)), 401, 'a second later')
  t.end()
})
