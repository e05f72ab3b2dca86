import t from 'tap'
import { startHarness } from '../test/harness.ts'
import { quietTurn, scriptedTurn } from '../test/sample-turn.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const URIS = quietTurn(0).urls.turn.map(({ url }) => url)

async function start(t: import('tap').Test) {
  return startHarness(t, {
    turn: scriptedTurn(() => quietTurn(0)),
    trustedProxies: ['127.0.0.0/8'],
  })
}

t.test('issues credentials in the form that chat servers know', async (t) => {
  const { send } = await start(t)
  const { status, json, headers } = await send(
    'GET',
    '/api/turn?service=turn&username=ada&ttl=600&key=the%20key',
  )
  t.equal(status, 200)
  t.same(json, {
    username: '1800000000:ada',
    password: 'signed with the secret of today',
    ttl: 600,
    uris: URIS,
  })
  t.equal(headers['cache-control'], 'no-store')
})

t.test(
  'takes the key as key, as api and as a Bearer token; the fields also as a body',
  async (t) => {
    const { send } = await start(t)
    const status = async (...args: Parameters<typeof send>) => (await send(...args)).status
    t.equal(await status('GET', '/api/turn?service=turn&api=the+key'), 200)
    t.equal(
      await status('GET', '/api/turn?service=turn', {
        headers: { authorization: 'Bearer nothing' },
      }),
      401,
    )
    t.equal(await status('POST', '/api/turn?service=turn&key=the+key'), 200)
    const posted = await send('POST', '/api/turn', {
      headers: form,
      body: 'service=turn&username=ada&key=the+key',
    })
    t.equal(posted.json.username, '1800000000:ada')
    const asJson = await send('POST', '/api/turn?key=the+key', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: 'turn', username: 'grace', ttl: 60 }),
    })
    t.match(asJson.json, { username: '1800000000:grace', ttl: 60 })
    t.equal(
      await status('POST', '/api/turn?key=the+key', {
        headers: { 'content-type': 'text/xml' },
        body: '<turn/>',
      }),
      415,
    )
  },
)

t.test('clients without a name are each somebody else, so that quotas hold', async (t) => {
  const { send } = await start(t)
  const name = async () =>
    (await send('GET', '/api/turn?service=turn&key=the+key')).json.username as string
  const [first, second] = [await name(), await name()]
  t.match(first, /^1800000000:anonymous-\S{12}$/)
  t.not(first, second)
})

t.test('says what is missing', async (t) => {
  const { send } = await start(t)
  const error = async (query: string) => {
    const { status, json } = await send('GET', `/api/turn?${query}`)
    return `${status} ${json.error.code}: ${json.error.message}`
  }
  t.match(await error('service=turn'), /^401 TURN_KEY_MISSING: Add the key/)
  t.match(await error('service=turn&key=x'), /^401 TURN_KEY_WRONG/)
  t.match(await error('key=the+key'), /^400 INPUT_INVALID: service: ask for "service=turn"/)
  t.match(await error('service=turn&key=the+key&ttl=5'), /^400 INPUT_INVALID: ttl/)
  t.match(await error('service=turn&key=the+key&ttl=never'), /^400 INPUT_INVALID: ttl/)
  t.match(await error('service=turn&key=the+key&ttl=9999999'), /^400 INPUT_INVALID: ttl/)
  t.match(await error('service=turn&key=the+key&username=a%0Ab'), /^400 INPUT_INVALID: username/)
  t.match(await error('service=turn&key=the+key&username='), /^400 INPUT_INVALID: username/)
  t.match(await error('service=turn&key=the+key&key=x'), /^401 TURN_KEY_MISSING/)
})

t.test('bars an address that guesses the key, and no other', async (t) => {
  const { send } = await start(t)
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  const answers = []
  for (let n = 0; n < 21; n++) {
    answers.push(await send('GET', `/api/turn?service=turn&key=${n}`, from('192.0.2.1')))
  }
  t.equal(answers[0]?.status, 401)
  t.equal(answers.at(-1)?.status, 429)
  t.equal(answers.at(-1)?.headers['retry-after'], '60')
  const right = '/api/turn?service=turn&key=the+key'
  t.equal((await send('GET', right, from('192.0.2.1'))).status, 429)
  t.equal((await send('GET', right, from('192.0.2.2'))).status, 200)
})
