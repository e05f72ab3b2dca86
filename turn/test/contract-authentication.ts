import { strict as assert } from 'node:assert'
import { readAttributes } from '../protocol/attributes/attribute-codec.ts'
import { lifetime } from '../protocol/attributes/lifetime.ts'
import { nonce } from '../protocol/attributes/nonce.ts'
import {
  passwordAlgorithm,
  passwordAlgorithmList,
  passwordAlgorithms,
} from '../protocol/attributes/password-algorithm.ts'
import { realm } from '../protocol/attributes/realm.ts'
import { username } from '../protocol/attributes/username.ts'
import { setUint16 } from '../protocol/bytes.ts'
import { integrityOf, messageIntegrityType } from '../protocol/integrity.ts'
import { methods } from '../protocol/methods.ts'
import { encodeStunMessage, type StunMessage } from '../protocol/stun-message.ts'
import { featuresOf } from '../server/nonce.ts'
import { ContractClient, codeOf } from './contract-client.ts'
import { type ContractPoint, type RunningServer, toward, udp } from './contract-steps.ts'
import { encodeRequest, having, havingRaw, keyOf, newTransactionId } from './encode-request.ts'

const offered = passwordAlgorithmList(['sha256', 'md5'])

async function challenge(client: ContractClient): Promise<StunMessage> {
  client.send(encodeRequest(methods.allocate, [udp]))
  return client.nextMessage()
}

/** What a refusal tells a stranger: its code and the types of what it carries, in order. */
async function refusal(
  server: RunningServer,
  login: Partial<ContractClient['login']>,
): Promise<readonly (number | undefined)[]> {
  const client = await ContractClient.open(server)
  try {
    await client.learnNonce()
    client.login = { ...client.login, ...login }
    const answer = await client.request(methods.allocate, udp)
    return [codeOf(answer), ...answer.attributes.map(({ type }) => type)]
  } finally {
    client.close()
  }
}

/** An Allocate with SHA-256 that names this list of algorithms. */
function allocateNaming(client: ContractClient, list: Uint8Array): Uint8Array {
  const login = { ...client.login, algorithm: 'sha256' } as const
  const transactionId = newTransactionId()
  const attributes = [
    udp,
    having(username, login.username),
    having(realm, login.realm),
    having(nonce, login.nonce),
    having(passwordAlgorithm, 'sha256'),
    having(passwordAlgorithms, list),
  ].map((make) => make(transactionId))
  const message = { class: 'request', method: methods.allocate, transactionId, attributes } as const
  return encodeStunMessage(message, { key: keyOf(login), integrity: 'sha256' })
}

/** Promises about who may ask and how it is proved. */
export const authenticating: readonly ContractPoint[] = [
  {
    name: 'asks for credentials with 401 (RFC 8489 §9.2.4)',
    async check({ client }) {
      client.send(encodeRequest(methods.allocate, [udp]))
      assert.equal(codeOf(await client.nextMessage()), 401)
    },
  },
  {
    name: 'refuses a wrong password with 401 (RFC 8489 §9.2.4)',
    async check({ client }) {
      await client.learnNonce()
      client.login = { ...client.login, password: 'wrong' }
      assert.equal(codeOf(await client.request(methods.allocate, udp)), 401)
    },
  },
  {
    name: 'answers 438 to a nonce it has not issued (RFC 8489 §9.2.4)',
    async check({ client }) {
      await client.learnNonce()
      client.login = { ...client.login, nonce: 'not-issued' }
      assert.equal(codeOf(await client.request(methods.allocate, udp)), 438)
    },
  },
  {
    name: 'answers 400 to a signed request without name, realm and nonce (RFC 8489 §9.2.4)',
    async check({ client }) {
      const signature = havingRaw(messageIntegrityType, new Uint8Array(20))
      client.send(encodeRequest(methods.allocate, [udp, signature]))
      assert.equal(codeOf(await client.nextMessage()), 400)
    },
  },
  {
    name: 'answers an unknown name exactly as a wrong password (RFC 8489 §9.2.4)',
    async check({ server }) {
      const wrongPassword = await refusal(server, { password: 'wrong' })
      assert.deepEqual(await refusal(server, { username: 'nobody' }), wrongPassword)
    },
  },
  {
    name: 'signs refusals to those it knows (RFC 8656 §5)',
    async check({ client, peer }) {
      await client.learnNonce()
      const answer = await client.request(methods.createPermission, toward(peer))
      assert.ok(codeOf(answer) !== undefined && client.signed(answer), 'not signed')
    },
  },
  {
    name: 'reads nothing after the signature (RFC 8489 §14.5)',
    async check({ client }) {
      await client.allocate()
      const honest = encodeRequest(methods.refresh, [having(lifetime, 900)], {
        login: client.login,
      })
      const added = Buffer.concat([honest, Buffer.from('7abc000400000000', 'hex')])
      setUint16(added, 2, added.length - 20)
      client.send(added)
      assert.equal(codeOf(await client.nextMessage()), undefined)
    },
  },
  {
    name: 'offers SHA-256, and says so in the nonce (RFC 8489 §9.2.4)',
    async check({ client }) {
      const read = readAttributes(await challenge(client), { nonce, passwordAlgorithms })
      assert.ok(read.ok)
      const list = Buffer.from(read.value.passwordAlgorithms ?? [])
      assert.ok(list.equals(offered), 'not offered')
      assert.ok(featuresOf(read.value.nonce ?? '').passwordAlgorithms, 'not in the nonce')
    },
  },
  {
    name: 'takes SHA-256 and answers with it (RFC 8489 §9.2.4)',
    async check({ client }) {
      client.login = { ...client.login, algorithm: 'sha256' }
      await client.allocate()
      const answer = await client.request(methods.refresh, having(lifetime, 900))
      assert.equal(codeOf(answer), undefined)
      assert.equal(integrityOf(answer), 'sha256')
      assert.ok(client.signed(answer), 'not signed')
    },
  },
  {
    name: 'answers 400 when its offer was shortened on the way (RFC 8489 §9.2.4)',
    async check({ client }) {
      await client.learnNonce()
      client.send(allocateNaming(client, passwordAlgorithmList(['md5'])))
      assert.equal(codeOf(await client.nextMessage()), 400)
      client.send(allocateNaming(client, offered))
      assert.equal(codeOf(await client.nextMessage()), undefined)
    },
  },
]
