import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { defaults } from '../config/defaults.ts'
import type { Config } from '../config/schema.ts'
import { openCertificates } from './certificate.ts'
import { createCertificateAdmin } from './certificate-admin.ts'
import { CHOICE_FILE, UPLOADED_FILE } from './choice.ts'

const HOST = 'calls.example.org'
const authority = await CertificateAuthority.create()

type Options = Readonly<{
  tls?: Partial<Config['web']['tls']>
  http_redirect?: boolean
  dataDir?: string
}>

/** A certificate page on a data directory of its own. */
async function start(t: Test, options: Options = {}) {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'callbox-page-')))
  if (options.dataDir === undefined) t.teardown(() => rm(dataDir, { recursive: true }))
  const logged: string[] = []
  const write = (_fields: object, message: string) => void logged.push(message)
  const log = { info: write, warn: write }
  const { http_redirect = false } = options
  const web = { ...defaults.web, http_redirect, tls: { ...defaults.web.tls, ...options.tls } }
  const certificates = await openCertificates({ tls: web.tls, dataDir, names: [HOST], log })
  t.teardown(() => certificates?.close())
  const admin = createCertificateAdmin({ certificates, web, host: HOST, log })
  return { admin, certificates, dataDir, logged }
}

const order = {
  domain: HOST,
  email: '',
  directoryUrl: 'https://acme.example.org/dir',
  directoryCa: '',
  challenge: 'auto',
  agreed: true,
} as const

t.test('shows a fresh server as it is', async (t) => {
  const { admin } = await start(t)
  const details = admin.details()
  t.match(details, {
    mode: 'self-signed',
    served: { source: 'self-signed', issuer: HOST, chainLength: 0 },
    notices: [{ tone: 'warn', message: /self-signed/, fix: /Order or upload/ }],
    order: undefined,
    proposal: { domain: HOST, directoryUrl: defaults.web.tls.directory_url, httpsPort: 8444 },
  })
  t.ok(details.served?.names.includes(HOST))
  t.match(admin.orderNow(), { ok: false, message: /Nothing is on order/ })
})

t.test('takes an upload at once, over a restart too, and shows no key', async (t) => {
  const { admin, certificates, dataDir, logged } = await start(t)
  const changes: string[] = []
  certificates?.onChange(({ cert }) => changes.push(cert))
  const pair = await authority.issue({ hosts: [HOST], ips: [] })
  t.same(await admin.upload(pair), { ok: true })
  t.equal(changes.length, 1)
  t.match(admin.details(), { served: { source: 'uploaded', names: [HOST] }, order: undefined })
  t.match(admin.details().notices, [{ message: /No certificate of the authority/ }])
  t.equal((await stat(join(dataDir, UPLOADED_FILE))).mode & 0o777, 0o600)
  t.ok(logged.includes('certificate uploaded'))
  t.notMatch(JSON.stringify([admin.details(), logged]), /PRIVATE KEY/)
  const again = await start(t, { dataDir })
  t.equal(again.admin.details().served?.fingerprint, admin.details().served?.fingerprint)
})

t.test('says so when nothing can be kept', async (t) => {
  const { admin, dataDir } = await start(t)
  await rm(dataDir, { recursive: true })
  await writeFile(dataDir, '')
  const pair = await authority.issue({ hosts: [HOST], ips: [] })
  for (const change of [admin.upload(pair), admin.order(order), admin.goBack()]) {
    t.match(await change, { ok: false, message: /could not be kept.*Make room/ })
  }
  t.match(admin.details(), { served: { source: 'self-signed' }, order: undefined })
})

t.test('refuses a bad upload and keeps what is in use', async (t) => {
  const { admin, dataDir } = await start(t)
  const { cert } = await authority.issue({ hosts: [HOST], ips: [] })
  t.match(await admin.upload({ cert, key: '' }), { ok: false, message: /no private key/ })
  t.equal(admin.details().served?.source, 'self-signed')
  t.notOk((await readdir(dataDir)).includes(CHOICE_FILE))
})

t.test('goes back to self-signed and leaves no uploaded key behind', async (t) => {
  const { admin, dataDir } = await start(t)
  await admin.upload(await authority.issue({ hosts: [HOST], ips: [] }))
  t.same(await admin.goBack(), { ok: true })
  t.equal(admin.details().served?.source, 'self-signed')
  t.notOk((await readdir(dataDir)).includes(UPLOADED_FILE))
})

t.test('an uploaded certificate that was damaged since is said', async (t) => {
  const { admin, dataDir } = await start(t)
  await admin.upload(await authority.issue({ hosts: [HOST], ips: [] }))
  await writeFile(join(dataDir, UPLOADED_FILE), 'nonsense')
  const again = await start(t, { dataDir })
  t.match(again.admin.details().notices, [{ message: /cannot be read any more/ }])
})

t.test('says of names and dates what keeps people out', async (t) => {
  const { admin, certificates } = await start(t)
  const pair = await authority.issue({ hosts: ['other.example.org'], ips: [] })
  await certificates?.choose({ source: 'uploaded' }, pair)
  t.match(admin.details().notices, [{ tone: 'bad', message: /does not hold the name/ }, {}])
  const notAfter = new Date(Date.now() - 86_400_000)
  const old = await authority.issue({ hosts: [HOST], ips: [], notAfter })
  await certificates?.choose({ source: 'uploaded' }, old)
  t.match(admin.details().notices[0], { tone: 'bad', message: /expired on/, fix: /Upload a new/ })
})

t.test('checks an order before it is sent', async (t) => {
  const { admin, certificates } = await start(t)
  const cases = [
    [{ domain: '192.0.2.1' }, /no IP address/],
    [{ domain: 'callbox' }, /with a dot/],
    [{ domain: 'a b.example' }, /with a dot/],
    [{ email: 'admin' }, /no e-mail address/],
    [{ directoryUrl: 'http://acme.example.org' }, /https:/],
    [{ directoryCa: 'nonsense' }, /PEM/],
    [{ challenge: 'http-01' }, /web\.http_redirect/],
    [{ agreed: false }, /terms/],
  ] as const
  for (const [changed, message] of cases) {
    t.match(await admin.order({ ...order, ...changed }), { ok: false, message })
  }
  t.equal(admin.details().order, undefined)
  t.same(await admin.order({ ...order, domain: 'Calls.Example.org' }), { ok: true })
  t.match(admin.details().order, { domain: HOST, isWorking: false, hasOwnCa: false })
  t.equal(certificates?.wanted(), 'acme')
})

t.test('keeps the uploaded one while another is on order', async (t) => {
  const { admin, dataDir } = await start(t)
  await admin.upload(await authority.issue({ hosts: [HOST], ips: [] }))
  await admin.order(order)
  t.equal(admin.details().served?.source, 'uploaded')
  t.match(JSON.parse(await readFile(join(dataDir, CHOICE_FILE), 'utf8')), { source: 'acme' })
})

t.test('leaves alone what the configuration decides', async (t) => {
  const { admin } = await start(t, { tls: { mode: 'acme', domain: HOST } })
  const refused = { ok: false, message: /configuration sets web\.tls\.mode to `acme`/ }
  t.match(await admin.upload(await authority.issue({ hosts: [HOST], ips: [] })), refused)
  t.match(await admin.order(order), refused)
  t.match(await admin.goBack(), refused)
  t.match(admin.details(), {
    mode: 'acme',
    served: { source: 'self-signed' },
    order: { domain: HOST },
  })
  const off = await start(t, { tls: { mode: 'off' } })
  t.match(off.admin.details(), { mode: 'off', served: undefined, notices: [] })
  t.match(await off.admin.goBack(), { ok: false, message: /`off`/ })
})

t.test('a choice that was damaged since is told in the log and counts as none', async (t) => {
  const { admin, dataDir } = await start(t)
  await admin.order(order)
  for (const text of ['{"source":', '{"source":"moon"}']) {
    await writeFile(join(dataDir, CHOICE_FILE), text)
    const again = await start(t, { dataDir })
    t.match(again.admin.details(), { served: { source: 'self-signed' }, order: undefined })
    t.match(again.logged, [/choice of a certificate cannot be read/])
  }
})

t.test('keeps an authority’s root over further orders from it, and from no other', async (t) => {
  const { admin, certificates } = await start(t)
  const directoryCa = authority.cert
  await admin.order({ ...order, directoryCa })
  await admin.order({ ...order, challenge: 'tls-alpn-01' })
  t.match(certificates?.acme()?.settings, { directoryCa, challenge: 'tls-alpn-01' })
  await admin.order({ ...order, directoryUrl: 'https://other.example.org/dir' })
  t.match(certificates?.acme()?.settings, { directoryCa: '' })
})
