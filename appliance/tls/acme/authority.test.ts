import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flattenedVerify, importJWK } from 'jose'
import t, { type Test } from 'tap'
import { CertificateAuthority } from '../../../scripts/test/certificate-authority.ts'
import { ACCOUNTS_FILE, loadAccountKey } from './account-keys.ts'
import { Authority } from './authority.ts'
import { createExchange } from './exchange.ts'

const ip = '127.0.0.1'
const root = await CertificateAuthority.create()
const folder = await mkdtemp(join(tmpdir(), 'callbox-authority-'))
t.teardown(() => rm(folder, { recursive: true }))
const key = await loadAccountKey(folder, 'https://acme.example/dir')

/** A web server that answers as the test wants it; `open` finds the authority there. */
async function serve(t: Test, answer: RequestListener, notAfter?: Date) {
  const pair = await root.issue({ hosts: [], ips: [ip], ...(notAfter && { notAfter }) })
  const server = createServer(pair, answer).listen(0, ip)
  await once(server, 'listening')
  const origin = `https://${ip}:${(server.address() as AddressInfo).port}`
  const exchange = createExchange(root.cert, new AbortController().signal)
  t.teardown(() => {
    exchange.close()
    server.close()
  })
  return { origin, exchange, open: () => Authority.find(exchange, `${origin}/dir`, key) }
}

/** An authority with this answer to all that is posted. */
async function serveDirectory(t: Test, post: RequestListener) {
  const seen = { nonces: 0, posts: 0 }
  const server = await serve(t, (request, response) => {
    seen.nonces += 1
    response.setHeader('replay-nonce', `nonce-${seen.nonces}`)
    const url = `https://${request.headers.host}`
    if (request.url === '/dir') {
      const names = ['newNonce', 'newAccount', 'newOrder']
      response.end(
        JSON.stringify(Object.fromEntries(names.map((name) => [name, `${url}/${name}`]))),
      )
    } else if (request.method === 'HEAD') response.end()
    else {
      seen.posts += 1
      post(request, response)
    }
  })
  return { ...server, seen }
}

t.test('thinks of the clock where a certificate is out of its time', async (t) => {
  const dayMs = 86_400_000
  for (const [fromNowMs, words] of [
    [-dayMs, /has expired\.$/],
    [3 * dayMs, /not yet valid\.$/],
  ] as const) {
    const authority = await serve(t, () => t.fail('asked'), new Date(Date.now() + fromNowMs))
    const expected = { code: 'ACME_UNREACHABLE', message: words, fix: /clock.*timedatectl/ }
    await t.rejects(authority.open(), expected)
  }
})

t.test('says why an authority cannot be reached, and what to do', async (t) => {
  const quiet = await serve(t, (_request, response) => response.end())
  const url = `${quiet.origin}/dir`
  const signal = new AbortController().signal
  const stranger = createExchange(undefined, signal)
  t.teardown(() => stranger.close())
  await t.rejects(stranger.send({ method: 'GET', url }), {
    code: 'ACME_UNREACHABLE',
    message: /cannot be reached: unable to verify the first certificate\.$/,
    fix: /directory_ca_file/,
  })
  const { exchange } = quiet
  const insecure = { code: 'ACME_UNREACHABLE', message: /no https URL/ }
  await t.rejects(exchange.send({ method: 'GET', url: url.replace('https', 'http') }), insecure)
  await t.rejects(exchange.send({ method: 'GET', url: 'nonsense' }), insecure)
  await t.rejects(exchange.send({ method: 'GET', url: `https://${ip}:9/dir` }), {
    message: /ECONNREFUSED/,
    fix: /directory URL/,
  })
  const endless = await serve(t, (_request, response) => response.end('x'.repeat(600_000)))
  await t.rejects(endless.exchange.send({ method: 'GET', url: `${endless.origin}/` }), {
    message: /too long/,
  })
})

t.test('knows a directory from anything else, and when to come back', async (t) => {
  const page = await serve(t, (_request, response) => response.end('<html>'))
  await t.rejects(page.open(), { message: /no ACME directory \(status 200\)/ })
  const busy = await serve(t, (_request, response) => {
    response.writeHead(503, { 'retry-after': '120' }).end()
  })
  await t.rejects(busy.open(), { message: /status 503/, retryAfterMs: 120_000 })
  const dated = await serve(t, (_request, response) => {
    response.writeHead(503, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }).end()
  })
  await dated.open().then(
    () => t.fail('it was taken for a directory'),
    ({ retryAfterMs }) => t.ok(retryAfterMs > 3_590_000 && retryAfterMs <= 3_600_000),
  )
})

t.test('signs what it sends, with the nonce that came last (RFC 8555 §6.2)', async (t) => {
  const bodies: string[] = []
  const { origin, open } = await serveDirectory(t, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      response.writeHead(201, { location: `https://${request.headers.host}/account/1` }).end('{}')
    })
  })
  const authority = await open()
  await authority.openAccount('admin@example.org')
  await authority.post(`${origin}/order/1`)
  const publicKey = await importJWK(key.publicJwk, 'ES256')
  const [account, order] = await Promise.all(
    bodies.map((body) => flattenedVerify(JSON.parse(body), publicKey)),
  )
  t.same(account?.protectedHeader, {
    alg: 'ES256',
    nonce: 'nonce-2',
    url: `${origin}/newAccount`,
    jwk: key.publicJwk,
  })
  t.same(JSON.parse(Buffer.from(account?.payload ?? '').toString()), {
    termsOfServiceAgreed: true,
    contact: ['mailto:admin@example.org'],
  })
  t.match(order?.protectedHeader, { nonce: 'nonce-3', kid: `${origin}/account/1`, url: /order/ })
  t.equal(order?.payload.length, 0, 'it only reads')
})

t.test('sends again what was refused for its nonce, and gives up at last', async (t) => {
  const refuse: RequestListener = (_request, response) => {
    response.writeHead(400, { 'content-type': 'application/problem+json' })
    response.end('{"type":"urn:ietf:params:acme:error:badNonce","detail":"JWS has an old nonce"}')
  }
  const { open, seen } = await serveDirectory(t, refuse)
  const authority = await open()
  await t.rejects(authority.openAccount(''), { message: /old nonce/ })
  t.equal(seen.posts, 12)
})

t.test(
  'keeps the key of each account for its owner, and says when it cannot be read',
  async (t) => {
    const file = join(folder, ACCOUNTS_FILE)
    t.equal((await stat(file)).mode & 0o777, 0o600)
    const again = await loadAccountKey(folder, 'https://acme.example/dir')
    t.equal(again.thumbprint, key.thumbprint)
    const other = await loadAccountKey(folder, 'https://other.example/dir')
    t.not(other.thumbprint, key.thumbprint)
    t.equal(Object.keys(JSON.parse(await readFile(file, 'utf8'))).length, 2)
    await writeFile(file, '{"https://acme.example/dir":{"kty":"RSA"}}')
    await t.rejects(loadAccountKey(folder, 'https://acme.example/dir'), {
      code: 'ACME_ACCOUNT_UNREADABLE',
      fix: /move it away/,
    })
  },
)
