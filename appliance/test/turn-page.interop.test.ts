import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchChromium } from '../../scripts/test/chromium.ts'
import { needs } from '../../scripts/test-needs.ts'
import { freePorts } from './free-ports.ts'
import { startAppliance } from './running-appliance.ts'
import { ADMIN_PASSWORD, setAdminPassword } from './set-admin-password.ts'

t.setTimeout(300_000)

const WEB_ROOT = join(import.meta.dirname, '../../dist/web')

const skip =
  needs('worker', 'chromium') ||
  (!existsSync(join(WEB_ROOT, 'admin.html')) && 'needs the built pages (npm run build:web)')

t.test('the TURN page of a running appliance', { skip }, async (t) => {
  const page = await openTurnPage(t)
  await page.getByRole('button', { name: 'Run now' }).click()
  await page.getByText('The relay works, with a warning for ').waitFor()
  await page.getByText(/All \d+ protected addresses were tried and refused/).waitFor()

  await page.getByRole('button', { name: 'Try the relay from here' }).click()
  for (const door of ['udp', 'tcp', 'tls', 'tls-web']) {
    await page.getByTestId(`trial-${door}`).filter({ hasText: 'Reached' }).waitFor()
  }

  await page.getByRole('button', { name: 'Make a new secret …' }).click()
  await page.getByRole('button', { name: 'Make a new secret', exact: true }).click()
  await page.getByRole('button', { name: /^Retire/ }).waitFor()
  await page.getByRole('link', { name: 'Connect', exact: true }).click()
  await page.getByRole('tab', { name: 'TURN REST API' }).click()
  await page.getByRole('button', { name: 'Reveal secrets …' }).click()
  await page.getByLabel('Your password').fill(ADMIN_PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Hide secrets' }).waitFor()
  const [url = '', key = ''] = await page.getByTestId('snippet').locator('code').allTextContents()
  await page.evaluate(holdAllocation(`${url}&username=ada`, key))
  await page.getByRole('link', { name: 'TURN', exact: true }).first().click()
  const rows = page.getByTestId('allocation').filter({ hasText: 'ada' })
  await rows.first().waitFor()
  // A browser makes one allocation for each network interface.
  for (let left = await rows.count(); left > 0; left--) {
    await rows.getByRole('button', { name: 'Disconnect ada' }).first().click()
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await page.getByTestId('no-allocations').waitFor()
  t.pass('everything was there')
})

/** Makes an allocation by the credentials of the REST API, and keeps it; source for the page. */
const holdAllocation = (url: string, key: string) => `(async () => {
  const headers = { authorization: ${JSON.stringify(`Bearer ${key}`)} }
  const answer = await fetch(${JSON.stringify(url)}, { headers })
  const { username, password, uris } = await answer.json()
  globalThis.held = new RTCPeerConnection({
    iceServers: [{ urls: uris[0], username, credential: password }],
    iceTransportPolicy: 'relay',
  })
  held.createDataChannel('held')
  await held.setLocalDescription()
})()`

async function openTurnPage(t: Test): Promise<Page> {
  const ports = await freePorts()
  const config = {
    public_address: '127.0.0.1',
    web: { https_port: ports.https, http_port: ports.http },
    rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
    turn: { port: ports.turn, tls_port: ports.tls, workers: 2 },
  }
  const appliance = await startAppliance(`${JSON.stringify(config)}\n`)
  t.teardown(() => appliance.stop())
  const browser = await launchChromium([
    '--allow-loopback-in-peer-connection',
    '--ignore-certificate-errors',
  ])
  t.teardown(() => browser.close())
  const page = await browser.newPage({ ignoreHTTPSErrors: true })
  await setAdminPassword(page, appliance.setupLink)
  await page.getByTestId('tile-turn').getByRole('link', { name: 'Relay works' }).click()
  await page.getByTestId('self-test').waitFor()
  return page
}
