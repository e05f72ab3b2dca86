import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Page, WebSocket } from 'playwright-core'
import t, { type Test } from 'tap'
import type { TurnRestCredentials } from '#api'
import { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { launchChromium } from '../../scripts/test/chromium.ts'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts, type Ports } from './free-ports.ts'
import { secretsOf } from './relay-steps.ts'
import { type RunningAppliance, startAppliance } from './running-appliance.ts'
import { setAdminPassword } from './set-admin-password.ts'

t.setTimeout(120_000)

const ip = '127.0.0.1'
const WEB_ROOT = join(import.meta.dirname, '../../dist/web')

const skip =
  needs('worker', 'chromium') ||
  (!existsSync(join(WEB_ROOT, 'admin.html')) && 'needs the built pages (npm run build:web)')

t.test('a certificate uploaded to a running appliance', { skip }, async (t) => {
  const { appliance, ports, page, hungUp } = await open(t)
  const authority = await CertificateAuthority.create()
  const { cert, key } = await authority.issue({ hosts: [], ips: [ip] })
  const other = await authority.issue({ hosts: [], ips: [ip] })
  t.equal(
    (await turnUrls(appliance, ports)).length,
    2,
    'a self-signed one is no good for TURN over TLS',
  )

  await choose(page, cert, other.key)
  await page.getByTestId('upload-fault').filter({ hasText: 'belongs to another' }).waitFor()
  await t.rejects(believed(ports.https, authority), 'the one in use stays')

  await choose(page, cert, key)
  await page.getByTestId('upload-done').waitFor()
  await page.getByTestId('in-use').filter({ hasText: 'Uploaded on this page' }).waitFor()
  t.equal(hungUp(), 0, 'the page’s WebSocket stays')
  const shown = await believed(ports.https, authority)
  t.equal(await believed(ports.tls, authority), shown, 'on the port of TURN too')
  await page.getByTestId('in-use').filter({ hasText: shown }).waitFor()
  t.equal((await turnUrls(appliance, ports)).length, 4)

  await appliance.end()
  const again = await appliance.startAgain()
  t.teardown(() => again.stop())
  t.equal(await believed(ports.https, authority), shown, 'it is there after a restart')
  t.notMatch(again.lines.join('\n'), /self-signed|PRIVATE KEY/)

  await page.reload() // the log-in outlasts a restart
  await page.getByRole('button', { name: 'Go back to self-signed …' }).click()
  await page.getByRole('button', { name: 'Go back', exact: true }).click()
  await page.getByTestId('in-use').filter({ hasText: 'Made by this server' }).waitFor()
  await t.rejects(believed(ports.https, authority))
  t.notOk((await readdir(appliance.dataDir)).includes('uploaded.pem'))
})

async function open(t: Test) {
  const ports = await freePorts()
  const config = {
    public_address: ip,
    web: { https_port: ports.https, http_port: ports.http },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: { port: ports.turn, tls_port: ports.tls, workers: 1 },
  }
  const appliance = await startAppliance(`${JSON.stringify(config)}\n`)
  t.teardown(() => appliance.end())
  const browser = await launchChromium(['--ignore-certificate-errors'])
  t.teardown(() => browser.close())
  const page = await browser.newPage({ ignoreHTTPSErrors: true })
  const sockets: WebSocket[] = []
  page.on('websocket', (socket) => sockets.push(socket))
  await setAdminPassword(page, appliance.setupLink)
  await page.getByRole('link', { name: 'Certificate', exact: true }).click()
  await page.getByTestId('in-use').filter({ hasText: 'Made by this server' }).waitFor()
  await page.getByTestId('connection').filter({ hasText: 'Live' }).waitFor()
  let ended = 0
  for (const socket of sockets) socket.on('close', () => ended++)
  t.ok(sockets.some((socket) => !socket.isClosed()))
  return { appliance, ports, page, hungUp: () => ended }
}

/** Chooses the two files and sends them. */
async function choose(page: Page, cert: string, key: string): Promise<void> {
  const file = (name: string, text: string) => ({
    name,
    mimeType: 'application/x-pem-file',
    buffer: Buffer.from(text),
  })
  await page.getByLabel('File: Certificate and its chain').setInputFiles(file('full.pem', cert))
  await page.getByLabel('File: Private key').setInputFiles(file('key.pem', key))
  await page.getByRole('button', { name: 'Check and use it' }).click()
}

/** The fingerprint that a client is shown who believes the authority; rejects when it is not believed. */
async function believed(port: number, { cert }: CertificateAuthority): Promise<string> {
  const socket = connect({ host: ip, port, ca: cert })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

/** What chat servers hand to their clients. */
async function turnUrls(appliance: RunningAppliance, { http }: Ports): Promise<readonly string[]> {
  const { turnApiKey } = await secretsOf(appliance)
  const answer = await fetch(`http://localhost:${http}/api/turn?service=turn&key=${turnApiKey}`)
  return ((await answer.json()) as TurnRestCredentials).uris
}
