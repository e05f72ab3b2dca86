import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import t, { type Test } from 'tap'
import { ask, NoAnswer } from './strict-request.ts'

async function selfSigned() {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  return { cert, key }
}

async function serve(t: Test) {
  const pair = await selfSigned()
  const asked: (string | undefined)[] = []
  const server = createServer(pair, (request, response) => {
    asked.push(request.headers.authorization)
    response.end(request.url === '/large' ? 'x'.repeat(1_000_000) : 'hello')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { cert: pair.cert, asked, origin, server }
}

const headers = { authorization: 'Bearer a key' }

t.test(
  'asks where our own certificate is, and says what a strict client has against it',
  async (t) => {
    const { cert, origin, asked } = await serve(t)
    const answer = await ask(cert, origin, { headers })
    t.match(answer, { status: 200, text: 'hello', distrust: /self-signed: no client believes it/ })
    t.same(asked, ['Bearer a key'])
  },
)

t.test('says nothing to a stranger', async (t) => {
  const { origin, asked } = await serve(t)
  const { cert: ours } = await selfSigned()
  const error = await ask(ours, origin, { headers }).catch((reason: unknown) => reason)
  if (!(error instanceof NoAnswer)) throw error
  t.equal(error.isStranger, true)
  t.match(error.message, /not the one of this server/)
  await t.rejects(ask(undefined, origin, { headers }), { name: 'NoAnswer', isStranger: true })
  t.same(asked, [], 'the key was not sent')
})

t.test('reads no more than it has to', async (t) => {
  const { cert, origin } = await serve(t)
  const { text } = await ask(cert, `${origin}/large`, {})
  t.ok(text.length < 200_000, String(text.length))
})

t.test('says that nobody listens, or that a name does not resolve', async (t) => {
  const { origin, server } = await serve(t)
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
  await t.rejects(ask(undefined, origin, {}), {
    message: 'Nobody listens there.',
    isStranger: false,
  })
  await t.rejects(ask(undefined, 'https://nowhere.invalid/', {}), {
    message: /does not resolve|No answer/,
  })
})
