import t from 'tap'
import { startHarness, storeWithPassword } from './harness.ts'
import { scriptedCertificate, selfSigned } from './sample-certificate.ts'

const NOW_MS = 1_800_000_000_000
const ROOT = '/api/admin/certificate'

const ORDER = {
  domain: ' calls.example.org ',
  email: '',
  directoryUrl: 'https://acme.example.org/dir',
  directoryCa: '',
  challenge: 'auto',
  agreed: true,
}

/** A logged-in page that sends what it must. */
async function startAdmin(t: import('tap').Test) {
  const certificate = scriptedCertificate(() => selfSigned(NOW_MS))
  const harness = await startHarness(t, { adminStore: storeWithPassword(), certificate })
  const { cookie, csrf } = await harness.logIn()
  const headers = { cookie, origin: harness.origin, 'x-csrf-token': csrf }
  const post = (path: string, body: object = {}) => harness.post(ROOT + path, body, headers)
  return { ...harness, certificate, cookie, csrf, headers, change: post }
}

t.test('only a logged-in page of ours sees or changes the certificate', async (t) => {
  const { send, post, certificate, cookie, csrf } = await startAdmin(t)
  t.equal((await send('GET', ROOT)).status, 401)
  const answer = await send('GET', ROOT, { headers: { cookie } })
  t.same(answer.json, JSON.parse(JSON.stringify(selfSigned(NOW_MS))))
  t.equal(answer.headers['cache-control'], 'no-store')
  for (const path of ['/upload', '/order', '/order/now', '/self-signed']) {
    const to = ROOT + path
    t.equal((await post(to, {})).status, 401, `${path} without a log-in`)
    t.equal((await post(to, {}, { cookie })).status, 403, `${path} without the token`)
    const foreign = { cookie, 'x-csrf-token': csrf, origin: 'https://elsewhere.example' }
    t.equal((await post(to, {}, foreign)).status, 403, `${path} from another site`)
  }
  t.same(certificate.asked, [])
  const without = await startHarness(t)
  t.equal((await without.send('GET', ROOT)).status, 404)
})

t.test('hands on what the page asks for, and answers with the facts', async (t) => {
  const { change, certificate } = await startAdmin(t)
  const upload = { cert: 'a certificate', key: 'a key' }
  const answers = [
    await change('/upload', upload),
    await change('/order', ORDER),
    await change('/order/now'),
    await change('/self-signed'),
  ]
  for (const { status, json, text } of answers) {
    t.equal(status, 200)
    t.equal(json.served.source, 'self-signed')
    t.notMatch(text, /a key/)
  }
  const order = { ...ORDER, domain: 'calls.example.org' }
  t.same(certificate.asked, [{ upload }, { order }, 'order now', 'go back'])
})

t.test('says in words why not', async (t) => {
  const { change, certificate } = await startAdmin(t)
  certificate.refusal = 'The private key is protected by a passphrase.'
  const { status, json } = await change('/upload', { cert: 'x', key: 'y' })
  t.equal(status, 422)
  t.match(json.error, { code: 'CERTIFICATE_REFUSED', message: /passphrase/ })
})

t.test('takes no more than a certificate and a key can be', async (t) => {
  const { change, certificate } = await startAdmin(t)
  t.equal((await change('/upload', { cert: 'x'.repeat(48_001), key: '' })).status, 400)
  t.equal((await change('/upload', { cert: 'x'.repeat(70_000), key: '' })).status, 413)
  t.equal((await change('/upload', { cert: 'x' })).status, 400)
  t.equal((await change('/order', { ...ORDER, challenge: 'dns-01' })).status, 400)
  t.equal((await change('/order', { ...ORDER, agreed: 'yes' })).status, 400)
  t.same(certificate.asked, [])
})
