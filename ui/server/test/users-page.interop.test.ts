import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import t from 'tap'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import { openScene, whySkip as skip, text, withoutBarriers } from './admin-scene.ts'
import { PASSWORD, storeWith } from './harness.ts'
import { scriptedCertificate, selfSigned } from './sample-certificate.ts'
import { busyTurn, scriptedTurn } from './sample-turn.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

const NOW_MS = 1_800_000_000_000

/** An appliance with an admin and a viewer. */
const deps = () => ({
  adminStore: storeWith({ admin: 'admin', vera: 'viewer' }),
  turn: scriptedTurn(() => busyTurn(NOW_MS)),
  certificate: scriptedCertificate(() => selfSigned(NOW_MS)),
  attemptLimits: { perAddress: 1000, everybody: 1000 },
})

async function logIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
}

async function proveSelf(page: Page, action: string): Promise<void> {
  await page.getByRole('dialog').getByLabel('Your password').fill(PASSWORD)
  await page.getByRole('button', { name: action }).click()
}

t.test('one-time codes: set up by the page, asked for at log-in', { skip }, async (t) => {
  const scene = await openScene(t, browser, { deps: deps() })
  const { page, harness } = scene
  await page.goto(`${harness.origin}/admin/users`)
  await logIn(page, 'vera')
  await text(page, 'own-account', /You are vera/)
  await page.getByRole('button', { name: 'Use one-time codes' }).click()
  await proveSelf(page, 'Go on')
  await page.getByRole('img', { name: 'QR code of the key below' }).waitFor()
  const key = (await page.getByTestId('totp-secret').textContent()) ?? ''
  const totp = new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) })
  const code = () => totp.generate({ timestamp: harness.clock.nowMs })
  await withoutBarriers(t, page, 'offer')
  await page.getByLabel('Code that the app shows now').fill('12')
  await page.keyboard.press('Enter')
  await page.getByText('That code is not right').waitFor()
  await page.getByLabel('Code that the app shows now').fill(code())
  await page.keyboard.press('Enter')
  await page.getByTestId('recovery-codes').waitFor()
  t.equal(await page.getByTestId('recovery-codes').getByRole('listitem').count(), 10)
  await withoutBarriers(t, page, 'recovery codes')
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await text(page, 'own-totp', /10 recovery codes are left/)

  await page.getByRole('button', { name: 'Log out' }).click()
  harness.clock.nowMs += 60_000
  await logIn(page, 'vera', 'a wrong guess')
  await page.getByText('That name or password is not right.').waitFor()
  await logIn(page, 'vera')
  await page.getByText('The password is right. One more step.').waitFor()
  await withoutBarriers(t, page, 'second step')
  await page.getByLabel('Code of your authenticator app').fill('000')
  await page.keyboard.press('Enter')
  await page.getByText('That code is not right').waitFor()
  await page.getByLabel('Code of your authenticator app').fill(code())
  await page.keyboard.press('Enter')
  await text(page, 'own-account', /You are vera/)
  t.same(
    scene.complaints.filter((line) => !line.includes('401')),
    [],
    'nothing was refused by the content security policy',
  )
})

t.test('a new password keeps this page logged in', { skip }, async (t) => {
  const { page, harness } = await openScene(t, browser, { deps: deps() })
  await page.goto(`${harness.origin}/admin/users`)
  await logIn(page, 'vera')
  await text(page, 'connection', /Live/)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByLabel('Your present password').fill('a wrong guess')
  await page.keyboard.press('Enter')
  await page.getByLabel('Your new password').fill('another good password')
  await page.keyboard.press('Enter')
  await page.getByText('That password is not right.').waitFor()
  await page.getByLabel('Your present password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByLabel('Your new password').fill('another good password')
  const newSocket = page.waitForEvent('websocket')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await newSocket
  await text(page, 'connection', /^\s*Live/)
  await text(page, 'own-account', /You are vera/)
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByText('You are logged out.').waitFor()
})

t.test('an admin makes accounts and tokens, and sees who did what', { skip }, async (t) => {
  const { page, harness } = await openScene(t, browser, { deps: deps() })
  await page.goto(`${harness.origin}/admin/users`)
  await logIn(page, 'admin')
  await page.getByText('Add an account').click()
  await page.getByLabel('Name', { exact: true }).fill('grace')
  await page.getByLabel('First password').fill('short')
  await page.getByRole('button', { name: 'Add the account' }).click()
  await page.getByText('The password needs at least 10 characters.').waitFor()
  await page.getByLabel('First password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Add the account' }).click()
  await page.getByText('grace can log in now.').waitFor()
  const grace = page.getByTestId('account').filter({ hasText: 'grace' })
  await grace.getByRole('button', { name: 'Make admin' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make admin' }).click()
  await grace.getByText('admin', { exact: true }).waitFor()

  await page.getByText('Make a token').click()
  await page.getByLabel('What it is for').fill('grafana')
  await page.getByRole('button', { name: 'Make the token' }).click()
  await text(page, 'made-token', /cbx_[\w-]{43}/)
  await page.getByRole('button', { name: 'Hide it' }).click()
  t.equal(await page.getByTestId('made-token').count(), 0)

  await page.getByRole('button', { name: 'Refresh' }).click()
  await text(page, 'audit', /made the API token grafana[\s\S]*made grace admin/)
  await page.getByLabel('Find in the audit log').fill('GRACE')
  await page.keyboard.press('Enter')
  await page
    .getByTestId('audit-entry')
    .filter({ hasText: 'grafana' })
    .waitFor({ state: 'detached' })
  t.equal(await page.getByTestId('audit-entry').count(), 2)
  await grace.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await grace.waitFor({ state: 'detached' })
})

t.test('a viewer sees what is theirs, and why they cannot change things', { skip }, async (t) => {
  const { page, harness } = await openScene(t, browser, { deps: deps() })
  await page.goto(`${harness.origin}/admin/users`)
  await logIn(page, 'vera')
  await text(page, 'own-account', /You are vera/)
  for (const hidden of ['accounts', 'tokens', 'audit']) {
    t.equal(await page.getByTestId(hidden).count(), 0, hidden)
  }
  t.equal(await page.getByRole('button', { name: 'Create join link' }).count(), 0)
  for (const [section, action] of [
    ['TURN', 'Make a new secret …'],
    ['Certificate', 'Order the certificate'],
  ] as const) {
    await page.getByRole('link', { name: section }).click()
    const button = page.getByRole('button', { name: action })
    await button.waitFor()
    t.equal(await button.isDisabled(), true, action)
    await page.getByText('Only an admin can do this; you can look.').first().waitFor()
    await withoutBarriers(t, page, `${section}, a viewer`)
  }
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const { page, harness } = await openScene(t, browser, { colorScheme, deps: deps() })
    await page.goto(`${harness.origin}/admin/users`)
    await logIn(page, 'admin')
    await page.getByTestId('audit-entry').first().waitFor()
    await page.getByText('Add an account').click()
    await page.getByText('Make a token').click()
    await withoutBarriers(t, page, 'users')
    await page.setViewportSize({ width: 360, height: 740 })
    await withoutBarriers(t, page, 'phone')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    const account = page.getByTestId('account').filter({ hasText: 'vera' })
    await account.getByRole('button', { name: 'New password' }).click()
    await withoutBarriers(t, page, 'dialog')
  })
}
