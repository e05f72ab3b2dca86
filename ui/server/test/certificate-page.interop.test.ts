import t, { type Test } from 'tap'
import type { CertificateDetails } from '#api'
import { launchChromium } from '../../../scripts/test/chromium.ts'
import {
  openPart,
  openScene,
  type Scene,
  type SceneOptions,
  setUp,
  whySkip as skip,
  text,
  withoutBarriers,
} from './admin-scene.ts'
import {
  expiredFiles,
  issued,
  orderFailed,
  ordering,
  type ScriptedCertificate,
  scriptedCertificate,
  selfSigned,
} from './sample-certificate.ts'
import { busyStatus } from './sample-status.ts'

t.setTimeout(300_000)

const browser = skip ? undefined : await launchChromium()
t.teardown(() => browser?.close())

type CertificateScene = Scene & {
  readonly certificate: ScriptedCertificate
  facts: (atMs: number) => CertificateDetails
}

/** A certificate whose facts the test changes, and the page that shows them. */
async function openCertificate(t: Test, colorScheme: SceneOptions['colorScheme'] = 'light') {
  let nowMs = () => 0
  const certificate = scriptedCertificate(() => scene.facts(nowMs()))
  const base = await openScene(t, browser, { colorScheme, deps: { certificate } })
  const scene: CertificateScene = { ...base, certificate, facts: selfSigned }
  nowMs = () => base.harness.clock.nowMs
  await setUp(scene)
  await openPart(scene.page, 'Certificate')
  await scene.page.getByTestId('in-use').waitFor()
  return scene
}

t.test('shows what is in use, and follows an order step by step', { skip }, async (t) => {
  const scene = await openCertificate(t)
  const { page, certificate, complaints } = scene
  t.equal(new URL(page.url()).pathname, '/admin/certificate')
  await text(page, 'in-use', /396 days left[\s\S]*self-signed[\s\S]*192\.0\.2\.7[\s\S]*A0:A1:A2/)
  await text(page, 'certificate-notice', /browsers warn/)
  t.equal(await page.getByLabel('Domain', { exact: true }).inputValue(), 'calls.example.org')
  await page.getByLabel('E-mail').fill('admin@example.org')
  await page.getByRole('checkbox', { name: /I agree/ }).check()
  await page.getByText('Advanced').click()
  await page.getByLabel('How the authority looks').selectOption('http-01')
  scene.facts = ordering
  await page.getByRole('button', { name: 'Order the certificate' }).click()
  await text(page, 'progress', /is being ordered[\s\S]*The authority looks at calls/)
  t.same(certificate.asked, [
    {
      order: {
        domain: 'calls.example.org',
        email: 'admin@example.org',
        directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
        directoryCa: '',
        challenge: 'http-01',
        agreed: true,
      },
    },
  ])
  scene.facts = orderFailed
  await text(page, 'order-problem', /did not find this server[\s\S]*Let port 80\/tcp through/)
  certificate.refusal = 'The authority wants not to be asked before tomorrow.'
  await page.getByRole('button', { name: 'Try again now' }).click()
  await page.getByText('not to be asked before tomorrow').waitFor()
  scene.facts = issued
  await text(page, 'in-use', /89 days left[\s\S]*E7, Let’s Encrypt/)
  await text(page, 'progress', /is there\. It is renewed at/)
  await page.reload()
  await page.getByTestId('in-use').waitFor()
  t.equal(await page.title(), 'Certificate – Callbox')
  t.same(
    complaints.filter((line) => !line.includes('422')),
    [],
    'nothing was refused by the content security policy',
  )
})

t.test('takes files and pasted texts, and says what is wrong with them', { skip }, async (t) => {
  const { page, certificate } = await openCertificate(t)
  const file = (name: string, content: string) => ({
    name,
    mimeType: 'application/x-pem-file',
    buffer: Buffer.from(content),
  })
  await page.getByLabel('File: Certificate and its chain').setInputFiles(file('a.pem', 'a chain'))
  await page.getByLabel('Private key (PEM)', { exact: true }).fill('a key')
  certificate.refusal = 'The private key belongs to another certificate.'
  await page.getByRole('button', { name: 'Check and use it' }).click()
  await text(page, 'upload-fault', /belongs to another/)
  certificate.refusal = undefined
  await page.getByRole('button', { name: 'Check and use it' }).click()
  await text(page, 'upload-done', /in use/)
  const upload = { cert: 'a chain', key: 'a key' }
  t.same(certificate.asked, [{ upload }, { upload }])
  t.equal(await page.getByLabel('Private key (PEM)', { exact: true }).inputValue(), '')
  const large = file('b.pem', 'x'.repeat(60_000))
  await page.getByLabel('File: Private key').setInputFiles(large)
  await page.getByText('The file is larger than 48 kB').waitFor()
})

t.test('goes back after asking, and only where the page may choose', { skip }, async (t) => {
  const scene = await openCertificate(t)
  const { page, certificate } = scene
  t.equal(await page.getByRole('button', { name: /Go back/ }).count(), 0)
  scene.facts = issued
  await page.getByRole('button', { name: 'Go back to self-signed …' }).click()
  await page.getByText('for up to a year').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  t.same(certificate.asked, [])
  await page.getByRole('button', { name: 'Go back to self-signed …' }).click()
  await page.getByRole('button', { name: 'Go back', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  t.same(certificate.asked, ['go back'])
  scene.facts = expiredFiles
  await text(page, 'certificate-fixed', /web\.tls\.mode to files/)
  await text(page, 'in-use', /Expired/)
  t.equal(await page.getByRole('button', { name: /Go back|Order|Check/ }).count(), 0)
})

t.test('the dashboard says when the certificate runs out', { skip }, async (t) => {
  const scene = await openCertificate(t)
  const { page, sampler } = scene
  await page.getByRole('link', { name: 'Dashboard' }).click()
  const found = {
    id: 'certificate',
    level: 'bad',
    text: 'The certificate expired on 2027-01-14.',
    fix: 'Upload another.',
    section: 'certificate',
  } as const
  sampler.status = (atMs) => ({
    ...busyStatus(atMs),
    certificateDaysLeft: -1,
    health: { level: 'bad', text: found.text, verdicts: [found] },
  })
  await text(page, 'verdict', /expired on 2027-01-14[\s\S]*Upload another/)
  await text(page, 'fact-certificate', /Ended\s*Renew it now/)
  await withoutBarriers(t, page, 'dashboard')
  await page.getByTestId('verdict').getByRole('link', { name: 'Certificate' }).click()
  await page.getByTestId('in-use').waitFor()
})

const SCENES = { selfSigned, ordering, orderFailed, issued, expiredFiles }

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const scene = await openCertificate(t, colorScheme)
    const { page } = scene
    for (const [name, facts] of Object.entries(SCENES)) {
      scene.facts = facts
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.reload()
      await page.getByTestId('in-use').waitFor()
      for (const summary of await page.locator('summary').all()) await summary.click()
      await withoutBarriers(t, page, name)
      await page.setViewportSize({ width: 360, height: 740 })
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    }
  })
}
