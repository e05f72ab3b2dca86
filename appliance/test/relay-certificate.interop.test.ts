import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Readiness, TurnDetails, TurnRestCredentials } from '#api'
import { type ClientLogin, type ClientTarget, TurnClient } from '#turn'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts, type Ports } from './free-ports.ts'
import { logIn, loginWith, secretsOf, until } from './relay-steps.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'

t.setTimeout(120_000)

const ip = '127.0.0.1'
const DAY_MS = 86_400_000

/** An appliance whose certificate is the test's to replace; `doors` are those of TURN over TLS. */
type Fixture = Readonly<{
  appliance: RunningAppliance
  ports: Ports
  origin: string
  login: ClientLogin
  doors: readonly ClientTarget[]
  /** Puts a new certificate that ends then, and waits until all doors show it. */
  replace: (notAfterMs: number) => Promise<void>
}>

t.test('TURN over TLS with a certificate from files', { skip: needs('worker') }, async (t) => {
  const fixture = await startWithCertificate(t)
  await t.test('is among the URLs that clients are given', (t) => isGiven(t, fixture))
  await t.test('takes a new certificate and drops nobody', (t) => takesNew(t, fixture))
  await t.test('says when the certificate has expired', (t) => saysExpired(t, fixture))
})

async function isGiven(t: Test, { appliance, ports, origin }: Fixture): Promise<void> {
  const { turnApiKey } = await secretsOf(appliance)
  const answer = await fetch(`${origin}/api/turn?service=turn&key=${turnApiKey}`)
  const { uris } = (await answer.json()) as TurnRestCredentials
  t.same(uris.slice(2), [
    `turns:${ip}:${ports.tls}?transport=tcp`,
    `turns:${ip}:${ports.https}?transport=tcp`,
  ])
}

async function takesNew(t: Test, { ports, login, doors, replace }: Fixture): Promise<void> {
  const early = await Promise.all(doors.map((door) => TurnClient.connect(door, login)))
  for (const client of early) {
    t.teardown(() => client.close())
    await client.allocate(4)
  }
  await replace(Date.now() + 90 * DAY_MS)
  for (const client of early) {
    await t.resolves(client.bindChannel({ ip, port: ports.media }), 'a client of before goes on')
  }
}

async function saysExpired(t: Test, { appliance, origin, replace }: Fixture): Promise<void> {
  const admin = await logIn(appliance, origin)
  const problems = async () => {
    const { selfTest } = await admin<TurnDetails>('POST', '/api/admin/turn/self-test')
    return selfTest.results.flatMap(({ ok, problem }) => (ok ? [] : [problem]))
  }
  t.same(await problems(), [])
  await replace(Date.now() - DAY_MS)
  t.match(await problems(), [/^The certificate expired on/, /^The certificate expired on/])
  const readiness = (await (await fetch(`${origin}/readyz`)).json()) as Readiness
  const relay = readiness.services.find(({ name }) => name === 'relay')
  t.match(relay, { ok: true, detail: /TLS: The certificate expired/ }, 'calls go on without TLS')
}

async function startWithCertificate(t: Test): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-certificate-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const authority = await CertificateAuthority.create()
  const [cert_file, key_file] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const put = async (notAfterMs: number) => {
    const notAfter = new Date(notAfterMs)
    const { cert, key } = await authority.issue({ hosts: [], ips: [ip], notAfter })
    await writeFile(key_file, key)
    await writeFile(cert_file, cert)
  }
  await put(Date.now() + 60 * DAY_MS)
  const ports = await freePorts()
  const appliance = await startAppliance(configText(ports, { cert_file, key_file }))
  t.teardown(() => appliance.stop())
  const { turnStaticAuthSecret } = await secretsOf(appliance)
  const login = loginWith(turnStaticAuthSecret)
  const doors = [ports.tls, ports.https].map((port) => ({ transport: 'tls', ip, port }) as const)
  const serials = () => Promise.all(doors.map((door) => serialOf(door, login)))
  const replace = async (notAfterMs: number) => {
    const before = await serials()
    await put(notAfterMs)
    appliance.process.kill('SIGHUP')
    await until(async () => (await serials()).every((serial) => !before.includes(serial)))
  }
  return { appliance, ports, origin: `http://localhost:${ports.http}`, login, doors, replace }
}

async function serialOf(door: ClientTarget, login: ClientLogin): Promise<string | undefined> {
  const client = await TurnClient.connect(door, login)
  client.close()
  return client.certificate?.serialNumber
}

function configText(
  ports: Ports,
  files: Readonly<{ cert_file: string; key_file: string }>,
): string {
  return JSON.stringify({
    public_address: ip,
    web: { https_port: ports.https, http_port: ports.http, tls: { mode: 'files', ...files } },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: {
      port: ports.turn,
      tls_port: ports.tls,
      workers: 1,
      relay_port_min: 21_000,
      relay_port_max: 21_999,
    },
  })
}
