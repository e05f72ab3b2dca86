import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createSecureContext } from 'node:tls'
import t from 'tap'
import { defaults } from '../config/defaults.ts'
import type { Config } from '../config/schema.ts'
import { type CertificateOptions, type Certificates, openCertificates } from './certificate.ts'
import { loadSelfSigned } from './self-signed.ts'

const folder = await mkdtemp(join(tmpdir(), 'callbox-tls-'))
t.teardown(() => rm(folder, { recursive: true }))

const DAY_MS = 86_400_000
/** Certificates count in whole seconds; half a second keeps the days left from being exact. */
const start = Math.floor(Date.now() / 1000) * 1000 + 500

/** Lets a test wait until a line with that message is logged; a change may be seen more than once. */
function createLog() {
  const waiting = new Map<string, () => void>()
  const write = (_fields: object, message: string) => waiting.get(message)?.()
  const until = (message: string) =>
    new Promise<void>((resolve) => {
      waiting.set(message, resolve)
    })
  return { until, info: write, warn: write }
}

function options(tls: Partial<Config['web']['tls']>, more: Partial<CertificateOptions> = {}) {
  const dataDir = join(folder, 'data')
  const base = { dataDir, names: ['192.0.2.1'], log: createLog(), pollMs: 20 }
  return { ...base, tls: { ...defaults.web.tls, ...tls }, ...more }
}

async function open(settings: CertificateOptions): Promise<Certificates> {
  const certificates = await openCertificates(settings)
  if (certificates === undefined) throw new Error('no certificate')
  t.teardown(() => certificates.close())
  return certificates
}

t.test('makes a self-signed P-256 certificate for all its names and keeps it', async (t) => {
  const settings = options({})
  const first = await open(settings)
  const certificate = new X509Certificate(first.keyPair().cert)
  t.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  for (const ip of ['192.0.2.1', '127.0.0.1', '::1']) t.ok(certificate.checkIP(ip), ip)
  t.ok(certificate.checkHost('localhost'))
  t.equal(certificate.ca, false)
  t.equal(first.daysLeft(), 395)
  t.equal((await stat(join(folder, 'data', 'self-signed.pem'))).mode & 0o777, 0o600)
  t.equal((await open(settings)).keyPair().cert, first.keyPair().cert, 'the second start keeps it')
})

t.test('makes another when the names change or it runs out, at start and under way', async (t) => {
  const dataDir = join(folder, 'renew')
  const first = await loadSelfSigned({ dataDir, names: ['192.0.2.1'], nowMs: start })
  const other = await loadSelfSigned({ dataDir, names: ['calls.example.org'], nowMs: start })
  t.not(other.cert, first.cert)
  t.ok(new X509Certificate(other.cert).checkHost('calls.example.org'))
  let now = start
  const names = ['calls.example.org']
  const held = await open(options({}, { dataDir, names, now: () => now }))
  t.equal(held.keyPair().cert, other.cert)
  const changes: unknown[] = []
  held.onChange((pair) => changes.push(pair))
  now = start + 380 * DAY_MS
  t.equal(held.daysLeft(), 15)
  await held.reload()
  t.equal(held.daysLeft(), 395)
  t.same(changes, [held.keyPair()])
})

t.test(
  'makes another when the clock was ahead, and none when it is set by some hours',
  async (t) => {
    const dataDir = join(folder, 'ahead')
    const load = (nowMs: number) => loadSelfSigned({ dataDir, names: [], nowMs })
    const ahead = await load(start + 900 * DAY_MS)
    const made = await load(start)
    t.not(made.cert, ahead.cert)
    t.same(await load(start - DAY_MS / 2), made)
  },
)

t.test('replaces a kept certificate that is damaged', async (t) => {
  const dataDir = join(folder, 'damaged')
  const first = await loadSelfSigned({ dataDir, names: [], nowMs: start })
  for (const text of ['', 'nonsense', first.key, `${first.key}-----BEGIN CERTIFICATE-----`]) {
    await writeFile(join(dataDir, 'self-signed.pem'), text)
    const next = await loadSelfSigned({ dataDir, names: [], nowMs: start })
    t.ok(new X509Certificate(next.cert).checkHost('localhost'))
  }
})

t.test('serves one that cannot be kept, and the old one as long as it is good', async (t) => {
  // The file's own path is short enough for the kernel, its draft's is not.
  let dataDir = join(folder, 'full')
  while (dataDir.length < 4060)
    dataDir = join(dataDir, 'x'.repeat(Math.min(200, 4059 - dataDir.length)))
  await mkdir(dataDir, { recursive: true })
  const reasons: string[] = []
  const load = (nowMs: number) =>
    loadSelfSigned({ dataDir, names: [], nowMs, onUnkept: (reason) => reasons.push(reason) })
  const made = await load(start)
  t.ok(new X509Certificate(made.cert).checkHost('localhost'))
  t.match(reasons, [/ENAMETOOLONG/])
  await writeFile(join(dataDir, 'self-signed.pem'), made.key + made.cert)
  t.same(await load(start + 380 * DAY_MS), made)
  t.not((await load(start + 400 * DAY_MS)).cert, made.cert)
})

t.test('has no certificate when TLS is off', async (t) => {
  t.equal(await openCertificates(options({ mode: 'off' })), undefined)
})

t.test('names the option whose file is missing, no PEM, or of another certificate', async (t) => {
  const cert_file = join(folder, 'bad.cert')
  const key_file = join(folder, 'bad.key')
  const files = options({ mode: 'files', cert_file, key_file })
  await t.rejects(openCertificates(files), {
    code: 'CERTIFICATE_UNREADABLE',
    message: /web\.tls\.cert_file/,
  })
  await writeFile(cert_file, 'nonsense')
  await writeFile(key_file, 'nonsense')
  await t.rejects(openCertificates(files), { code: 'CERTIFICATE_INVALID' })
  const one = await loadSelfSigned({ dataDir: join(folder, 'a'), names: [], nowMs: start })
  const two = await loadSelfSigned({ dataDir: join(folder, 'b'), names: [], nowMs: start })
  await writeFile(cert_file, one.cert)
  await writeFile(key_file, two.key)
  await t.rejects(openCertificates(files), { message: /belongs to another certificate/ })
})

t.test('refuses a chain that no server takes, such as one that is half written', async (t) => {
  const cert_file = join(folder, 'chain.cert')
  const key_file = join(folder, 'chain.key')
  const { cert, key } = await loadSelfSigned({
    dataDir: join(folder, 'a'),
    names: [],
    nowMs: start,
  })
  await writeFile(key_file, key)
  await writeFile(cert_file, cert)
  const held = await open(options({ mode: 'files', cert_file, key_file }))
  held.onChange((pair) => createSecureContext(pair))
  const half = cert + cert.slice(0, cert.length / 2)
  await writeFile(cert_file, half)
  await held.reload()
  t.equal(held.keyPair().cert, cert)
  await t.rejects(openCertificates(options({ mode: 'files', cert_file, key_file })), {
    code: 'CERTIFICATE_INVALID',
  })
  const dataDir = join(folder, 'half')
  await loadSelfSigned({ dataDir, names: [], nowMs: start })
  await writeFile(join(dataDir, 'self-signed.pem'), key + half)
  t.not((await loadSelfSigned({ dataDir, names: [], nowMs: start })).cert, half)
})

t.test('reads changed files again; a bad pair leaves the last good one in use', async (t) => {
  const cert_file = join(folder, 'live.cert')
  const key_file = join(folder, 'live.key')
  const one = await loadSelfSigned({ dataDir: join(folder, 'a'), names: [], nowMs: start })
  const two = await loadSelfSigned({ dataDir: join(folder, 'b'), names: [], nowMs: start })
  await writeFile(cert_file, one.cert)
  await writeFile(key_file, one.key)
  const log = createLog()
  const held = await open(options({ mode: 'files', cert_file, key_file }, { log }))
  const server = createServer(held.keyPair())
  held.onChange((pair) => server.setSecureContext(pair))
  server.listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  t.equal(await servedFingerprint(server.address()), new X509Certificate(one.cert).fingerprint256)

  const warned = log.until('bad certificate: the last good one stays')
  await writeFile(cert_file, two.cert)
  await warned
  t.equal(held.keyPair().cert, one.cert)

  const replaced = log.until('certificate replaced')
  await writeFile(`${key_file}.new`, two.key)
  await rename(`${key_file}.new`, key_file)
  await replaced
  t.equal(await servedFingerprint(server.address()), new X509Certificate(two.cert).fingerprint256)
  t.equal(await servedFingerprint(server.address(), 'localhost'), held.certificate().fingerprint256)
  t.equal(await readFile(cert_file, 'utf8'), held.keyPair().cert)
})

async function servedFingerprint(address: AddressInfo | string | null, servername?: string) {
  const { port } = address as AddressInfo
  const name = servername === undefined ? {} : { servername }
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...name })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}
