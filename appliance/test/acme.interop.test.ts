import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import type { CertificateDetails } from '#api'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { ownHost, testInOwnNetwork } from '../../scripts/test/own-network.ts'
import {
  type Pebble,
  startPebble,
  startTestNames,
  type TestNames,
} from '../../scripts/test/pebble.ts'
import { needs } from '../../scripts/test-needs.ts'
import { openSessions, PEER_IP } from './open-sessions.ts'
import { type Admin, logIn, secretsOf, until } from './relay-steps.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'

t.setTimeout(240_000)

/** Where nobody listens. */
const SHUT_PORT = 81

/** An appliance on the ports of the world, an authority that looks there, and the names that it asks for. */
type World = Readonly<{
  address: string
  authority: CertificateAuthority
  pebble: Pebble
  names: TestNames
  appliance: RunningAppliance
  admin: Admin
}>

await testInOwnNetwork(import.meta.filename, {
  name: 'certificates from an ACME authority',
  skip: needs('pebble', 'netns', 'worker'),
  async run(t, address) {
    const world = await startWorld(t, address)
    await t.test('says why there is no certificate', (t) => saysWhyNot(t, world))
    await t.test('gets one by HTTP-01', (t) => byHttp(t, world))
    await t.test('renews it and cuts nobody off', (t) => renews(t, world))
    await t.test('gets one by TLS-ALPN-01', (t) => byHandshake(t, world))
    await t.test('tries the other way when one fails', (t) => fallsBack(t, world))
    await t.test('leads plain HTTP to HTTPS', (t) => redirects(t, world))
    await t.test('sends again what is refused for its nonce', (t) => repeats(t, world))
    await t.test('starts without the authority, and gets one later', (t) => later(t, world))
  },
})

async function startWorld(t: Test, address: string): Promise<World> {
  const authority = await CertificateAuthority.create()
  const names = await startTestNames(address)
  t.teardown(() => names.stop())
  const pebble = await startAuthority(t, { address, authority }, 14_000, 80)
  const appliance = await startAppliance(configText({}))
  t.teardown(() => appliance.stop())
  const admin = await logIn(appliance, 'http://localhost')
  return { address, authority, pebble, names, appliance, admin }
}

/** Half of all nonces are refused, so that no order ends without the same request sent again. */
async function startAuthority(
  t: Test,
  { address, authority }: Pick<World, 'address' | 'authority'>,
  port: number,
  httpPort: number,
): Promise<Pebble> {
  const pebble = await startPebble({
    ip: address,
    port,
    httpPort,
    tlsPort: 443,
    rejectedNoncesPercent: 50,
    authority,
  })
  t.teardown(() => pebble.stop())
  return pebble
}

function configText(tls: object): string {
  return JSON.stringify({
    public_address: ownHost,
    web: { https_port: 443, http_port: 80, http_redirect: true, tls },
    rtc: { workers: 1 },
    turn: {
      workers: 1,
      relay_port_min: 21_000,
      relay_port_max: 21_999,
      allowed_peers: [`${PEER_IP}/32`],
    },
  })
}

type Wanted = Partial<Readonly<{ domain: string; challenge: string; directoryUrl: string }>>

/** Orders a certificate as the page does, and waits until that has ended. */
async function order(world: World, wanted: Wanted = {}): Promise<CertificateDetails> {
  await world.admin('POST', '/api/admin/certificate/order', { ...orderBody(world), ...wanted })
  return settled(world.admin)
}

/** Waits until an attempt has ended, well or not. */
async function settled(admin: Admin): Promise<CertificateDetails> {
  for (;;) {
    const details = await admin<CertificateDetails>('GET', '/api/admin/certificate')
    const { order } = details
    if (order && !order.isWorking && order.nextAttemptMs !== undefined) return details
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The certificate that a client is shown who believes the authority; rejects when it is not believed. */
async function believed({ address }: World, root: string, port: number) {
  const socket = connect({ host: address, port, servername: ownHost, ca: root })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

async function saysWhyNot(t: Test, world: World): Promise<void> {
  const { admin, names, address } = world
  await names.fail('nowhere.callbox.test')
  const nowhere = await order(world, { domain: 'nowhere.callbox.test' })
  t.match(nowhere.order?.problem, { message: /nowhere\.callbox\.test/, fix: /DNS name|leads/ })
  t.equal(nowhere.served?.source, 'self-signed')
  await names.point('elsewhere.callbox.test', '10.99.0.9')
  const wrongPort = await order(world, { domain: 'elsewhere.callbox.test', challenge: 'http-01' })
  t.match(wrongPort.order?.problem, { message: /HTTP-01, port 80/ })
  const directoryUrl = `${world.pebble.directoryUrl}?untrusted`
  const untrusted = { ...orderBody(world), directoryUrl, directoryCa: '' }
  await admin('POST', '/api/admin/certificate/order', untrusted)
  t.match((await settled(admin)).order?.problem, {
    message: /cannot be reached/,
    fix: /its own root/,
  })
  const unreached = await order(world, { directoryUrl: `https://${address}:9/dir` })
  t.match(unreached.order?.problem, { message: /ECONNREFUSED/, fix: /directory URL/ })
  const bad = { ...orderBody(world), domain: address }
  await t.rejects(admin('POST', '/api/admin/certificate/order', bad), /no IP address/)
}

function orderBody({ pebble, authority }: World) {
  return {
    domain: ownHost,
    email: 'admin@callbox.test',
    directoryUrl: pebble.directoryUrl,
    directoryCa: authority.cert,
    challenge: 'auto',
    agreed: true,
  }
}

async function byHttp(t: Test, world: World): Promise<void> {
  const { pebble, appliance } = world
  const { served, order: ordered, notices } = await order(world, { challenge: 'http-01' })
  t.match(served, { source: 'acme', names: [ownHost], issuer: /Pebble/, chainLength: 1 })
  t.same(notices, [])
  t.match(ordered, { problem: undefined, isWorking: false })
  const nextMs = ordered?.nextAttemptMs ?? 0
  const { validFromMs = 0, validUntilMs = 0 } = served ?? {}
  t.equal(
    Math.round((validUntilMs - nextMs) / 1000),
    Math.round((validUntilMs - validFromMs) / 3000),
  )
  for (const port of [443, 5349]) {
    t.equal((await believed(world, pebble.root, port)).subjectaltname, `DNS:${ownHost}`)
  }
  t.notOk(appliance.lines.some((line) => line.includes('PRIVATE KEY')))
}

async function renews(t: Test, world: World): Promise<void> {
  const { admin, pebble, appliance } = world
  const before = await believed(world, pebble.root, 443)
  const sessions = await openSessions(t, appliance, world.address)
  await sessions.prove(t, 'before')
  await admin('POST', '/api/admin/certificate/order/now')
  await settled(admin)
  for (const port of [443, 5349]) {
    t.not((await believed(world, pebble.root, port)).serialNumber, before.serialNumber)
  }
  await sessions.prove(t, 'after')
}

async function byHandshake(t: Test, world: World): Promise<void> {
  const { appliance, address } = world
  const sessions = await openSessions(t, appliance, address)
  await world.admin('POST', '/api/admin/certificate/self-signed')
  const { served, order: ordered } = await order(world, {
    domain: `alpn.callbox.test`,
    challenge: 'tls-alpn-01',
  })
  t.equal(ordered?.problem, undefined)
  t.match(served, { source: 'acme', names: ['alpn.callbox.test'] })
  t.match(ordered?.steps.map(({ text }) => text).join(' '), /TLS-ALPN-01, port 443/)
  await sessions.prove(t, 'after')
  const probe = connect({
    host: address,
    port: 443,
    servername: 'alpn.callbox.test',
    ALPNProtocols: ['acme-tls/1'],
    rejectUnauthorized: false,
  })
  const [fault] = await once(probe, 'error')
  t.ok(fault, 'no challenge certificate once none is pending')
}

async function fallsBack(t: Test, world: World): Promise<void> {
  const shut = await startAuthority(t, world, 14_100, SHUT_PORT)
  const { served, order: ordered } = await order(world, { directoryUrl: shut.directoryUrl })
  t.equal(ordered?.problem, undefined)
  t.match(
    ordered?.steps.map(({ text }) => text),
    [
      /Asking the authority/,
      /Ordering/,
      /HTTP-01, port 80/,
      /HTTP-01 failed/,
      /Ordering/,
      /TLS-ALPN-01, port 443/,
    ],
  )
  t.match(served, { source: 'acme', names: [ownHost] })
  t.equal((await believed(world, shut.root, 443)).subjectaltname, `DNS:${ownHost}`)
}

async function redirects(t: Test, { address }: World): Promise<void> {
  const ask = (path: string, method = 'GET') =>
    fetch(`http://${address}${path}`, { method, redirect: 'manual' })
  const answer = await ask('/admin?a=1')
  t.equal(answer.status, 308)
  t.equal(answer.headers.get('location'), `https://${address}/admin?a=1`)
  t.equal((await ask('/api/admin/login', 'POST')).status, 308)
  t.equal((await ask('/.well-known/acme-challenge/none')).status, 308, 'nothing is pending')
  t.equal((await fetch('http://localhost/healthz')).status, 200, 'this machine gets its pages')
}

/** Pebble notes each request, and what came of it. */
async function repeats(t: Test, { pebble }: World): Promise<void> {
  const count = (pattern: RegExp) => pebble.lines.filter((line) => pattern.test(line)).length
  const asked = count(/POST \/(order-plz|finalize-order|certZ)/)
  t.ok(asked > count(/Added order/) + 2 * count(/Issued certificate/), `${asked} requests`)
}

async function caFile(t: Test, { cert }: CertificateAuthority): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-authority-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'root.pem')
  await writeFile(file, cert)
  return file
}

async function metricsOf(appliance: RunningAppliance): Promise<string> {
  const { adminApiToken } = await secretsOf(appliance)
  const headers = { authorization: `Bearer ${adminApiToken}` }
  return (await fetch('http://localhost/metrics', { headers })).text()
}

/** The configuration asks for a certificate while the authority is away. */
async function later(t: Test, world: World): Promise<void> {
  const { pebble, address, authority, appliance } = world
  await appliance.stop()
  await pebble.stop()
  const tls = {
    mode: 'acme',
    domain: ownHost,
    directory_url: pebble.directoryUrl,
    directory_ca_file: await caFile(t, authority),
  }
  const second = await startAppliance(configText(tls))
  t.teardown(() => second.stop())
  const admin = await logIn(second, 'http://localhost')
  const first = await settled(admin)
  t.equal(first.served?.source, 'self-signed')
  t.match(first.order?.problem, { message: /ECONNREFUSED/ })
  t.ok((first.order?.nextAttemptMs ?? 0) - first.atMs <= 66_000, 'it is tried again in a minute')
  t.match(
    second.lines.join('\n'),
    /certificate for turn\.callbox\.test is on order|cannot be reached/,
  )
  t.match(await metricsOf(second), /^callbox_acme_failures 1$/m)
  await t.rejects(admin('POST', '/api/admin/certificate/self-signed'), /web\.tls\.mode/)
  const back = await startAuthority(t, { address, authority }, 14_000, 80)
  second.process.kill('SIGHUP')
  await until(async () => (await settled(admin)).served?.source === 'acme')
  t.equal((await believed(world, back.root, 443)).subjectaltname, `DNS:${ownHost}`)
  t.match(await metricsOf(second), /^callbox_certificate_info\{source="acme"\} 1$/m)
  t.equal(await second.end(), 0)
}
