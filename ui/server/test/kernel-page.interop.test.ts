import t, { type Test } from 'tap'
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
import { type ScriptedKernel, scriptedKernel } from './sample-connect.ts'

t.setTimeout(240_000)

const browser = skip ? undefined : await launchChromium([])
t.teardown(() => browser?.close())

async function openKernel(
  t: Test,
  {
    colorScheme = 'light',
    obstacle,
  }: { colorScheme?: SceneOptions['colorScheme']; obstacle?: string } = {},
): Promise<Scene & { kernel: ScriptedKernel }> {
  const kernel = scriptedKernel()
  kernel.obstacle = obstacle
  const scene = await openScene(t, browser, {
    colorScheme: colorScheme ?? 'light',
    deps: { kernel },
  })
  await setUp(scene)
  await openPart(scene.page, 'Kernel')
  await scene.page.getByTestId('kernel-verdict').waitFor()
  return { ...scene, kernel }
}

t.test(
  'applies the settings after asking, says what came of it, and takes them back',
  { skip },
  async (t) => {
    const { page, kernel, complaints } = await openKernel(t)
    await text(page, 'kernel-verdict', /2 of 4 settings are not as calls need them/)
    await text(
      page,
      'setting-net.core.rmem_max',
      /Differs[\s\S]*212992[\s\S]*at least 16777216[\s\S]*The largest/,
    )
    await text(page, 'setting-net.core.netdev_budget', /Hidden here[\s\S]*not shown/)
    await text(page, 'setting-net.ipv4.ip_local_reserved_ports', /nothing[\s\S]*3478/)
    const rows = await page.getByTestId(/^setting-/).all()
    t.equal(
      await rows[0]?.getAttribute('data-testid'),
      'setting-net.core.rmem_max',
      'what differs first',
    )
    await text(page, 'kernel-notes', /one receive queue/)
    await page.getByRole('button', { name: 'Apply …' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    t.same(kernel.asked, [], 'only asked')
    await page.getByRole('button', { name: 'Apply …' }).click()
    await page.getByRole('button', { name: 'Apply', exact: true }).click()
    await text(page, 'kernel-outcome', /2 settings changed and read back/)
    await text(page, 'kernel-verdict', /Every setting that can be seen/)
    await page.getByRole('button', { name: 'Take back …' }).click()
    await page.getByRole('button', { name: 'Take back', exact: true }).click()
    await text(page, 'kernel-outcome', /value of before/)
    t.same(kernel.asked, ['apply', 'revert'])
    t.same(complaints, [])
  },
)

t.test('a refusal stays in the dialog, in words', { skip }, async (t) => {
  const { page, kernel } = await openKernel(t)
  kernel.next = { ok: false, isBusy: false, message: 'Another program guards them.' }
  await page.getByRole('button', { name: 'Apply …' }).click()
  await page.getByRole('button', { name: 'Apply', exact: true }).click()
  await page.getByRole('dialog').getByText('Another program guards them.').waitFor()
  t.equal(await page.getByTestId('kernel-outcome').count(), 0)
})

t.test('gives the command where this process may not', { skip }, async (t) => {
  const { page } = await openKernel(t, { obstacle: 'This service does not run as root.' })
  await text(page, 'kernel-obstacle', /not run as root/)
  t.equal(await page.getByRole('button', { name: 'Apply …' }).count(), 0)
  await page.getByRole('button', { name: 'Copy Apply', exact: true }).click()
  await page.getByRole('button', { name: /^Copied/ }).waitFor()
  t.equal(await page.evaluate('navigator.clipboard.readText()'), 'sudo callbox tune --apply')
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`has no barriers that axe finds, ${colorScheme}`, { skip }, async (t) => {
    const { page, kernel } = await openKernel(t, { colorScheme })
    await withoutBarriers(t, page, 'differs')
    await page.getByRole('button', { name: 'Apply …' }).click()
    await withoutBarriers(t, page, 'question')
    await page.getByRole('button', { name: 'Apply', exact: true }).click()
    await page.getByTestId('kernel-outcome').waitFor()
    await page.setViewportSize({ width: 360, height: 740 })
    await withoutBarriers(t, page, 'phone')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
    kernel.obstacle = 'This service does not run as root.'
    await page.reload()
    await page.getByTestId('kernel-obstacle').waitFor()
    await withoutBarriers(t, page, 'commands')
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'fits a phone')
  })
}
