import t from 'tap'
import { runTrials } from './connect-test.ts'
import { placeTrials } from './place-tests.ts'
import type { Surroundings } from './surroundings.ts'
import { restLogin } from './turn-tests.ts'

async function dns(host: string, found: readonly string[] | Error, ip = '203.0.113.5') {
  const about = {
    host,
    ip,
    ipv6: '2001:db8::5',
    lookup: async () => {
      if (found instanceof Error) throw found
      return found
    },
  } as unknown as Surroundings
  const trial = placeTrials(about).find(({ id }) => id === 'dns')
  const [test] = await runTrials(trial ? [trial] : [])
  return test
}

t.test('the name leads here, also by IPv6 alone', async (t) => {
  t.match(await dns('calls.example.org', ['203.0.113.5']), { state: 'ok', fix: '' })
  t.match(await dns('calls.example.org', ['2001:db8::5', '203.0.113.9']), { state: 'ok' })
  t.match(await dns('203.0.113.5', []), { state: 'ok', detail: /an IP/ })
})

t.test(
  'a name that leads nowhere, elsewhere or to loopback fails, each with its fix',
  async (t) => {
    t.match(await dns('calls.example.org', new Error('ENOTFOUND')), {
      state: 'failed',
      detail: 'calls.example.org does not resolve.',
      fix: /address record.*203\.0\.113\.5/,
    })
    t.match(await dns('calls.example.org', ['203.0.113.9']), {
      state: 'failed',
      detail: /203\.0\.113\.9.*203\.0\.113\.5/,
      fix: /Restart.*address record/,
    })
    t.match(await dns('calls.example.org', ['127.0.1.1']), { state: 'failed', fix: /\/etc\/hosts/ })
  },
)

t.test('what a test throws is its failure, and the others go on', async (t) => {
  const results = await runTrials([
    { id: 'a', title: 'A', run: () => Promise.reject(new Error('the sky fell')) },
    { id: 'b', title: 'B', run: async () => ({ state: 'ok', detail: 'Fine.' }) },
  ])
  t.match(results, [
    { id: 'a', state: 'failed', detail: /the sky fell/ },
    { id: 'b', state: 'ok', detail: 'Fine.', fix: '', tookMs: Number },
  ])
})

t.test('makes the login that chat servers make (draft-uberti-behave-turn-rest-00)', (t) => {
  // printf 1700000060:ada | openssl dgst -sha1 -hmac secret -binary | base64
  t.same(restLogin('secret', 'ada', 1_700_000_000_000), {
    username: '1700000060:ada',
    password: 'g6VPenkFIL/aTrRn79Nut4brUcY=',
  })
  t.end()
})
