import fc from 'fast-check'
import t from 'tap'
import { requestedTransport } from '../protocol/attributes/requested-transport.ts'
import { methods } from '../protocol/methods.ts'
import { encodeRequest, having } from './encode-request.ts'
import { Scenario } from './scenario.ts'

const udp = having(requestedTransport, 17)
const users = new Map([['carol', 'secret of carol']])
const ways = [
  {},
  { algorithm: 'md5' },
  { algorithm: 'sha256' },
  { algorithm: 'sha256', hideName: true },
] as const

t.test('no signed Allocate that was changed anywhere gets a relay socket', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ways),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (way, at, change) => {
        const client = new Scenario({ sources: { secrets: [], users } }).client().learnNonce()
        client.login = { ...client.login, username: 'carol', password: 'secret of carol', ...way }
        const bytes = encodeRequest(methods.allocate, [udp], { login: client.login })
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ change
        return client.send(bytes).every(({ type }) => type !== 'bindRelay')
      },
    ),
    { numRuns: 1500 },
  )
  t.pass()
  t.end()
})

t.test(
  'every list of attributes is answered with a refusal or with silence, never with a relay socket',
  (t) => {
    const known = [0x06, 0x14, 0x15, 0x1d, 0x1e, 0x8002, 0x19, 0x08, 0x1c, 0x03, 0x27]
    const attribute = fc
      .tuple(fc.constantFrom(...known), fc.uint8Array({ maxLength: 40 }))
      .map(([type, value]) => () => ({ type, value }))
    const scenario = new Scenario({ limits: { unauthenticatedAnswersPerSecond: 1e6 } })
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(methods)),
        fc.array(attribute, { maxLength: 8 }),
        fc.boolean(),
        (method, attributes, fingerprint) => {
          const outputs = scenario.client().send(encodeRequest(method, attributes, { fingerprint }))
          return outputs.every(({ type }) => type === 'sendToClient') && outputs.length <= 1
        },
      ),
      { numRuns: 1500 },
    )
    t.equal(scenario.server.stats().allocations, 0)
    t.end()
  },
)
