import t from 'tap'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import {
  passwordAlgorithm,
  passwordAlgorithmList,
  passwordAlgorithms,
} from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { username } from '../protocol/attributes/username.ts'
import { integrityOf, longTermKey } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import { encodeStunMessage } from '../protocol/stun-message.ts'
import { featuresOf } from '../server/nonce.ts'
import { type AttributeMaker, encodeRequest, having, newTransactionId } from './encode-request.ts'
import { errorIn, isSignedBy, responseIn, Scenario, type ScenarioClient } from './scenario.ts'

const udp = having(requestedTransport, 17)
const users = new Map([
  ['carol', 'secret of carol'],
  ['Zoë', 'naïve'],
])

/** Sends an Allocate that carries these attributes and is signed with the client's key. */
function allocateWith(
  client: ScenarioClient,
  makers: readonly AttributeMaker[],
  integrity: 'sha1' | 'sha256',
) {
  const transactionId = newTransactionId()
  const attributes = [udp, ...makers].map((make) => make(transactionId))
  const message = { class: 'request', method: methods.allocate, transactionId, attributes } as const
  return client.send(encodeStunMessage(message, { key: client.key, integrity }))
}

function namesOf({ login }: ScenarioClient): AttributeMaker[] {
  return [having(username, login.username), having(realm, login.realm), having(nonce, login.nonce)]
}

t.test(
  'offers SHA-256 before MD5 in 401 and 438, and says so in the nonce (RFC 8489 §9.2.4)',
  (t) => {
    const client = new Scenario().client()
    const unsigned = client.send(encodeRequest(methods.allocate, [udp]))
    const stale = client.request(methods.allocate, udp)
    for (const [outputs, code] of [
      [unsigned, 401],
      [stale, 438],
    ] as const) {
      t.equal(errorIn(outputs), code)
      const read = readAttributes(responseIn(outputs), { passwordAlgorithms, nonce })
      if (!read.ok || !read.value.passwordAlgorithms || !read.value.nonce)
        throw new Error('no offer')
      t.equal(Buffer.from(read.value.passwordAlgorithms).toString('hex'), '0002000000010000')
      t.same(featuresOf(read.value.nonce), { passwordAlgorithms: true, usernameAnonymity: false })
    }
    t.end()
  },
)

for (const algorithm of ['sha256', 'md5'] as const) {
  t.test(`takes ${algorithm} keys and signs answers with SHA-256 then (RFC 8489 §9.2.4)`, (t) => {
    const client = new Scenario().client()
    client.login = { ...client.login, algorithm }
    client.allocate()
    const refreshed = client.request(methods.refresh, having(lifetime, 900))
    t.equal(errorIn(refreshed), undefined)
    t.equal(integrityOf(responseIn(refreshed)), 'sha256')
    t.ok(isSignedBy(refreshed, client.key))
    const refused = client.request(methods.allocate, udp)
    t.equal(errorIn(refused), 437)
    t.ok(isSignedBy(refused, client.key), 'errors are signed too')
    client.login = { ...client.login, password: 'wrong' }
    t.equal(errorIn(client.request(methods.refresh)), 401)
    t.end()
  })
}

t.test('lets an owner change the algorithm in the middle of an allocation', (t) => {
  const client = new Scenario().client()
  client.allocate()
  client.login = { ...client.login, algorithm: 'sha256' }
  t.equal(errorIn(client.request(methods.refresh)), undefined)
  t.end()
})

t.test(
  'answers 400 when the list of algorithms is not ours or half is missing (RFC 8489 §9.2.4)',
  (t) => {
    const client = new Scenario().client().learnNonce()
    client.login = { ...client.login, algorithm: 'md5' }
    const names = namesOf(client)
    const ours = having(passwordAlgorithms, passwordAlgorithmList(['sha256', 'md5']))
    const shortened = having(passwordAlgorithms, passwordAlgorithmList(['md5']))
    const md5 = having(passwordAlgorithm, 'md5')
    const broken = [[shortened, md5], [md5], [ours], [ours, having(passwordAlgorithm, 'other')]]
    for (const pair of broken) {
      const outputs = allocateWith(client, [...names, ...pair], 'sha256')
      t.equal(errorIn(outputs), 400)
      t.equal(integrityOf(responseIn(outputs)), undefined)
    }
    t.equal(allocateWith(client, [...names, ours, md5], 'sha256')[0]?.type, 'bindRelay')
    t.end()
  },
)

t.test(
  'answers with the old signature who signs with SHA-256 but chose no algorithm (RFC 8489 §9.2.4)',
  (t) => {
    const scenario = new Scenario()
    const client = scenario.client().learnNonce()
    const outputs = scenario.bind(allocateWith(client, namesOf(client), 'sha256'))
    t.equal(errorIn(outputs), undefined)
    t.equal(integrityOf(responseIn(outputs)), 'sha1')
    t.ok(isSignedBy(outputs, client.key))
    t.end()
  },
)

t.test('a nonce whose features were changed on the way is nobody’s (RFC 8489 §9.2.1)', (t) => {
  const client = new Scenario().client().learnNonce()
  const weaker = client.login.nonce.replace('AAAB', 'AAAA')
  client.login = { ...client.login, nonce: weaker }
  t.equal(errorIn(client.request(methods.allocate, udp)), 438)
  t.end()
})

t.test(
  'asks for hidden names where all names are listed, and finds them (RFC 8489 §9.2.4)',
  (t) => {
    const scenario = new Scenario({ sources: { secrets: [], users } })
    const client = scenario.client()
    for (const hideName of [true, false]) {
      client.login = { ...client.login, username: 'carol', password: 'secret of carol', hideName }
      client.learnNonce()
      t.equal(featuresOf(client.login.nonce).usernameAnonymity, true)
      t.equal(errorIn(client.request(methods.refresh)), 437, 'right credentials, no allocation')
      client.login = { ...client.login, password: 'wrong' }
      t.equal(errorIn(client.request(methods.refresh)), 401)
      client.login = { ...client.login, username: 'nobody' }
      t.equal(errorIn(client.request(methods.refresh)), 401)
    }
    t.end()
  },
)

t.test("finds an allocation's owner by hash though names from secrets are not listed", (t) => {
  const client = new Scenario().client()
  client.allocate()
  client.login = { ...client.login, hideName: true }
  t.equal(errorIn(client.request(methods.refresh)), undefined)
  t.end()
})

t.test('takes listed users beside names from secrets, in both spellings (RFC 8265)', (t) => {
  const scenario = new Scenario({ sources: { secrets: ['s'], users } })
  const client = scenario.client().learnNonce()
  const decomposed = new Map([['Zoe\u0308', 'nai\u0308ve']])
  for (const sources of [users, decomposed]) {
    scenario.credentials.replace({ secrets: ['s'], users: sources })
    client.login = { ...client.login, username: 'Zoë', password: 'naïve' }
    t.equal(errorIn(client.request(methods.refresh)), 437)
  }
  client.login = { ...client.login, username: 'Zoe\u0308', password: 'nai\u0308ve' }
  t.equal(errorIn(client.request(methods.refresh)), 437)
  t.end()
})

t.test('forgets replaced credentials, but not allocations made with them', (t) => {
  const scenario = new Scenario()
  const owner = scenario.client()
  owner.allocate()
  const other = scenario.client({ port: 1001 }).learnNonce()
  scenario.credentials.replace({ secrets: ['another'] })
  t.equal(errorIn(owner.request(methods.refresh)), undefined)
  t.equal(errorIn(other.request(methods.allocate, udp)), 401)
  t.end()
})

t.test('lets an allocation outlive its credential, unless expiry is strict: then 401', (t) => {
  for (const strictExpiry of [false, true]) {
    const scenario = new Scenario({ parts: { strictExpiry } })
    const client = scenario.client({ lifetimeSeconds: 300 })
    client.allocate()
    scenario.advance(200)
    t.equal(errorIn(client.request(methods.refresh)), undefined)
    scenario.advance(200)
    t.equal(errorIn(client.request(methods.refresh)), strictExpiry ? 401 : undefined)
  }
  t.end()
})

t.test('counts wrong credentials apart from requests that are not signed', (t) => {
  const scenario = new Scenario()
  const client = scenario.client().learnNonce()
  client.login = { ...client.login, password: 'wrong' }
  client.request(methods.allocate, udp)
  t.equal(scenario.server.stats().authFailures, 1)
  t.same(scenario.server.stats().rejectionsByCode, { 401: 2 })
  t.end()
})

t.test('engines with one secret take each other’s nonces', (t) => {
  const nonceSecret = Buffer.alloc(32, 7)
  const first = new Scenario({ parts: { nonceSecret } }).client().learnNonce()
  const second = new Scenario({ parts: { nonceSecret } }).client()
  second.login = { ...second.login, nonce: first.login.nonce }
  t.equal(errorIn(second.request(methods.allocate, udp)), undefined)
  const third = new Scenario().client()
  third.login = { ...third.login, nonce: first.login.nonce }
  t.equal(errorIn(third.request(methods.allocate, udp)), 438)
  t.end()
})

t.test('keys of RFC 8489 §9.2.2 and §18.5.1', (t) => {
  const md5 = longTermKey('user', 'realm', 'pass')
  t.equal(Buffer.from(md5).toString('hex'), '8493fbc53ba582fb4c044c456bdc40eb')
  t.equal(longTermKey('user', 'realm', 'pass', 'sha256').length, 32)
  t.end()
})
