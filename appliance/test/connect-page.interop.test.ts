import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { launchChromium } from '../../scripts/test/chromium.ts'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts } from './free-ports.ts'
import { startAppliance } from './running-appliance.ts'
import { setAdminPassword } from './set-admin-password.ts'

t.setTimeout(240_000)

const WEB_ROOT = join(import.meta.dirname, '../../dist/web')

const skip =
  needs('worker', 'chromium') ||
  (!existsSync(join(WEB_ROOT, 'admin.html')) && 'needs the built pages (npm run build:web)')

t.test('the pages Connect and Kernel of a running appliance', { skip }, async (t) => {
  const ports = await freePorts()
  const config = {
    public_address: '127.0.0.1',
    web: { https_port: ports.https, http_port: ports.http },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: { port: ports.turn, tls_port: ports.tls, workers: 1 },
  }
  const appliance = await startAppliance(`${JSON.stringify(config)}\n`)
  t.teardown(() => appliance.stop())
  const browser = await launchChromium([
    '--allow-loopback-in-peer-connection',
    '--ignore-certificate-errors',
  ])
  t.teardown(() => browser.close())
  const page = await browser.newPage({ ignoreHTTPSErrors: true })
  page.setDefaultTimeout(60_000)
  const loaded: string[] = []
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
  await setAdminPassword(page, appliance.setupLink)
  await page.getByRole('link', { name: 'Connect', exact: true }).click()
  await page.getByTestId('step-1').waitFor()
  const scripts = () => loaded.filter((path) => path.endsWith('.js')).length
  const before = scripts()

  await page.getByRole('button', { name: 'Try a call from here' }).click()
  const media = page.getByTestId('call-media').filter({ hasText: 'Direct over UDP' })
  await media.filter({ hasText: `127.0.0.1:${ports.media}` }).waitFor()
  await page.getByTestId('call-signal').filter({ hasText: 'Reached' }).waitFor()
  await page.getByTestId('step-4').getByText('Done').waitFor()
  t.ok(scripts() > before, 'the client library is loaded when it is needed')

  await page.getByRole('tab', { name: 'Mattermost Calls 2.x' }).click()
  await page.getByRole('button', { name: 'Run the tests' }).click()
  await page.getByTestId('test-certificate').filter({ hasText: 'self-signed' }).waitFor()
  await page.getByTestId('test-livekit-wrong-key').filter({ hasText: 'Warning' }).waitFor()

  await page.getByRole('link', { name: 'Kernel', exact: true }).click()
  await page.getByTestId('setting-net.core.rmem_max').waitFor()
  t.pass('everything was there')
})
