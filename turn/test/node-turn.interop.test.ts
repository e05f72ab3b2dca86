import t from 'tap'
import { contractPoints, tryPoint } from './engine-contract.ts'
import { startNodeTurn } from './reference-servers.ts'

// What the baseline of ADR 0001 (node-turn 0.0.6) breaks. A change here is news: a new release, or a contract that tests something else.
const broken: readonly string[] = [
  'ignores attributes that may be ignored (RFC 8489 §14)',
  'answers 420 with the list to attributes it must understand (RFC 8489 §6.3.1)',
  'never answers a response (RFC 8489 §6.3.3)',
  'answers 400 to a signed request without name, realm and nonce (RFC 8489 §9.2.4)',
  'signs refusals to those it knows (RFC 8656 §5)',
  'reads nothing after the signature (RFC 8489 §14.5)',
  'offers SHA-256, and says so in the nonce (RFC 8489 §9.2.4)',
  'takes SHA-256 and answers with it (RFC 8489 §9.2.4)',
  'answers 400 when its offer was shortened on the way (RFC 8489 §9.2.4)',
  'grants the lifetime a client asks for (RFC 8656 §7.2)',
  'answers a repeated Allocate alike (RFC 8656 §5)',
  'refuses a second Allocate on a five-tuple with 437 (RFC 8656 §7.2)',
  'allocates in the address family asked for (RFC 8656 §7.2)',
  'gives an even port when asked (RFC 8656 §7.2)',
  'prolongs an allocation by Refresh, which goes on relaying (RFC 8656 §8.2)',
  'ends an allocation by Refresh with lifetime 0 and frees its port (RFC 8656 §8.2)',
  "brings a permitted peer's datagrams as Data indications, unchanged (RFC 8656 §11.3)",
  'signs the answer to ChannelBind (RFC 8656 §5)',
  'relays ChannelData to the peer (RFC 8656 §12.6)',
  'refuses peers at special addresses with 403 (RFC 8656 §21.2)',
]

t.setTimeout(120_000)

t.test('node-turn breaks exactly the points ADR 0001 lists', async (t) => {
  const server = await startNodeTurn()
  t.teardown(() => server.close())
  const failed: string[] = []
  for (const point of contractPoints) {
    const fault = await tryPoint(point, server)
    if (!fault) continue
    failed.push(point.name)
    t.comment(`${point.name}: ${fault.message.split('\n', 1)[0]}`)
  }
  t.same(failed, broken)
})
