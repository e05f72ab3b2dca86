import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import t from 'tap'
import { launchChromium } from '../../../../scripts/test/chromium.ts'
import { needs } from '../../../../scripts/test-needs.ts'
import { openSceneServer } from './scene-server.ts'

const skip = needs('chromium')

type AxeResult = Readonly<{
  passes: readonly unknown[]
  violations: readonly Readonly<{ id: string; nodes: readonly Readonly<{ html: string }>[] }>[]
}>

t.setTimeout(240_000)

t.test(
  'every state of the call page passes axe light and wide, dark and narrow',
  { skip },
  async (t) => {
    const server = await openSceneServer()
    t.teardown(server.close)
    const browser = await launchChromium()
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    await page.goto(server.url)
    const scenes = (await page.title()).split(' ')
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 720 })
      for (const scene of scenes) {
        await show(page, server.url, scene)
        t.strictSame(await violations(page), [], `${scene} ${colorScheme} ${width}`)
        t.notOk(await scrollsSideways(page), `${scene} fits ${width} pixels`)
      }
    }
  },
)

async function show(page: Page, url: string, scene: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(`${url}#${scene}`)
  await page.locator('h1').first().waitFor()
}

async function violations(page: Page): Promise<readonly string[]> {
  const source = await readFile(
    createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
    'utf8',
  )
  await page.evaluate(source)
  const result = (await page.evaluate('axe.run()')) as AxeResult
  if (result.passes.length === 0) throw new Error('axe checked nothing')
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`)
}

async function scrollsSideways(page: Page): Promise<unknown> {
  return await page.evaluate('document.documentElement.scrollWidth > innerWidth')
}
