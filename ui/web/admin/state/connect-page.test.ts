import t from 'tap'
import type { ConnectDetails } from '#api'
import { badTests, goodTests, scriptedConnect } from '../../../server/test/sample-connect.ts'
import type { ConnectClient } from './connect-client.ts'
import { ConnectPage } from './connect-page.ts'
import { ConnectSession } from './connect-session.ts'
import { testsFor, testVerdict } from './connect-steps.ts'
import { kernelVerdict } from './kernel-page.ts'
import type { TryCall } from './sfu-trial.ts'

const AWAY = { ok: false, code: 'UNREACHABLE', message: 'away' } as const
const good = <T>(value: T) => ({ ok: true, value }) as const
const facts = scriptedConnect().details()

function pageWith(
  answers: Partial<ConnectClient>,
  tryCall?: TryCall,
  origin = 'https://calls.example.org',
) {
  const unasked = async () => {
    throw new Error('this was not expected to be asked')
  }
  const session = new ConnectSession()
  const page = new ConnectPage({
    client: {
      details: async () => good(facts),
      test: unasked,
      trial: unasked,
      rotateKey: unasked,
      retireKey: unasked,
      revealKey: unasked,
      ...answers,
    },
    withLogin: (work) => work('c1'),
    tryCall: tryCall ?? unasked,
    session,
    origin,
    isVisible: () => true,
    after: () => () => undefined,
  })
  return { page, session }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('asks once for tests that run already, and takes the results', async (t) => {
  const { promise, resolve } = Promise.withResolvers<ConnectDetails>()
  let asked = 0
  const { page } = pageWith({
    test: async () => {
      asked++
      return good(await promise)
    },
  })
  page.open()
  const first = page.test()
  t.equal(page.isTesting.value, true)
  t.equal(await page.test(), undefined)
  resolve({ ...facts, tests: goodTests })
  t.equal(await first, undefined)
  t.equal(asked, 1)
  t.equal(page.isTesting.value, false)
  t.equal(page.details.value?.tests.length, goodTests.length)
})

t.test('calls from this browser by a token of the server, once at a time', async (t) => {
  const outcome = { signal: { ok: true, milliseconds: 9 }, media: undefined } as const
  const { promise, resolve } = Promise.withResolvers<typeof outcome>()
  const trial = { livekitUrl: 'wss://calls.example.org', token: 'x' }
  const given: object[] = []
  const { page, session } = pageWith({ trial: async () => good(trial) }, (with_) => {
    given.push(with_)
    return promise
  })
  page.open()
  await settle()
  const first = page.tryCall()
  t.equal(session.call.value, 'running')
  t.equal(await page.tryCall(), undefined)
  resolve(outcome)
  await first
  t.same(session.call.value, outcome)
  t.same(given, [trial])
})

t.test('says where to open the page, and what keeps it from trying', async (t) => {
  const local = pageWith({}, undefined, 'http://localhost:8080')
  local.page.open()
  await settle()
  t.match(await local.page.tryCall(), /https:\/\/calls\.example\.org first/)
  const away = pageWith({ trial: async () => AWAY })
  away.page.open()
  await settle()
  t.equal(await away.page.tryCall(), 'away')
  t.equal(away.session.call.value, undefined)
})

t.test('shows a secret while it is open, and forgets it', async (t) => {
  const secret = { key: 'APIfirst', secret: 's' }
  const { page } = pageWith({
    revealKey: async (_csrf, _key, password) => (password === 'right' ? good(secret) : AWAY),
    retireKey: async () => good(facts),
  })
  page.open()
  t.equal(await page.revealKey('APIfirst', 'wrong'), 'away')
  t.equal(page.secret.value, undefined)
  t.equal(await page.revealKey('APIfirst', 'right'), undefined)
  t.same(page.secret.value, secret)
  await page.retireKey('APIfirst')
  t.equal(page.secret.value, undefined, 'of a key that is gone')
  await page.revealKey('APIfirst', 'right')
  page.close()
  t.equal(page.secret.value, undefined)
  await page.revealKey('APIfirst', 'right')
  t.equal(page.secret.value, undefined, 'an answer that comes too late')
})

t.test('a session keeps what was chosen and entered', (t) => {
  const session = new ConnectSession()
  session.choose('jitsi')
  session.markPasted('jitsi', true)
  session.markPasted('element', true)
  session.markPasted('jitsi', false)
  t.equal(session.product.value, 'jitsi')
  t.same([...session.pasted.value], ['element'])
  t.end()
})

t.test('chooses the tests that matter, and judges them', (t) => {
  const ids = (uses: Parameters<typeof testsFor>[0]) =>
    testsFor(uses, goodTests).map(({ id }) => id)
  const ground = ['dns', 'certificate', 'clock']
  t.same(ids(['turn']), [...ground, 'turn-udp', 'turn-tls'])
  t.same(ids(['turn', 'turn-rest']), [...ground, 'turn-udp', 'turn-tls', 'turn-rest'])
  t.ok(ids(['livekit']).includes('livekit-validate'))
  t.notOk(ids(['livekit']).includes('call-page'))
  t.ok(ids(['page']).includes('call-page'))
  t.match(testVerdict(testsFor(['turn'], goodTests)), { ok: true, text: /Everything/ })
  t.match(testVerdict(goodTests), { ok: true, text: /is one warning/ })
  t.match(testVerdict(badTests), { ok: false, text: /^2 of 10 tests fail/ })
  t.end()
})

t.test('the verdict on the kernel counts what differs, and hides nothing that is hidden', (t) => {
  const of = (...states: ('ok' | 'differs' | 'hidden')[]) =>
    kernelVerdict({
      settings: states.map((state) => ({ key: 'k', present: '', wanted: '', state, reason: '' })),
      mayApply: true,
      obstacle: undefined,
      isApplied: false,
      file: '',
      applyCommand: '',
      revertCommand: '',
      notes: [],
    })
  t.match(of('ok', 'differs', 'hidden'), /^1 of 3 settings/)
  t.match(of('ok', 'hidden'), /that can be seen from here/)
  t.match(of('ok'), /^Every setting is/)
  t.match(of(), /Nothing can be told/)
  t.end()
})
