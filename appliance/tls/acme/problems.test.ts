import t from 'tap'
import { failedChallenge, parseProblem, refusedRequest } from './problems.ts'

const urn = (name: string) => `urn:ietf:params:acme:error:${name}`

t.test('reads problem documents, and takes anything else for none', async (t) => {
  const problem = parseProblem({
    type: urn('compound'),
    detail: 'Errors during\n validation',
    subproblems: [{ type: urn('caa'), detail: 'CAA says no' }],
  })
  t.same(problem, { type: 'compound', detail: 'Errors during validation CAA says no' })
  for (const value of [undefined, null, 'x', [], { type: 5 }]) {
    t.same(parseProblem(value), { type: '', detail: '' })
  }
  t.equal(parseProblem({ type: 'about:blank', detail: 'x'.repeat(5000) }).detail.length, 400)
})

t.test('says of each refusal what to do', async (t) => {
  const fixes = {
    rateLimited: /Wait/,
    caa: /CAA records/,
    rejectedIdentifier: /public DNS/,
    invalidContact: /e-mail/,
    externalAccountRequired: /choose another/,
    userActionRequired: /new terms/,
    unheardOf: /whoever runs the authority/,
  }
  for (const [type, fix] of Object.entries(fixes)) {
    const error = refusedRequest({ type, detail: 'So it is.' }, 403, 5000)
    t.match(error, { code: 'ACME_REFUSED', type, retryAfterMs: 5000, fix })
    t.match(error.message, /^The authority gives no certificate: So it is\.$/)
  }
  const page = refusedRequest({ type: '', detail: '' }, 503, undefined)
  t.match(page, { message: /status 503/, fix: /trouble of its own/ })
})

t.test('says what the authority did not find, and where', async (t) => {
  const of = (type: string, challenge: 'http-01' | 'tls-alpn-01') =>
    failedChallenge({ type, detail: 'Refused.' }, 'calls.example.org', challenge)
  t.match(of('connection', 'http-01'), {
    message: /HTTP-01, port 80.*Refused\.$/,
    fix: /port 80\/tcp/,
  })
  t.match(of('connection', 'tls-alpn-01').fix, /port 443\/tcp through/)
  t.match(of('dns', 'http-01').fix, /DNS name calls\.example\.org/)
  t.match(of('unauthorized', 'tls-alpn-01').fix, /nothing else answers there on port 443/)
  t.match(of('caa', 'http-01').fix, /CAA records/)
})
