import type { BrowserContext, Page } from 'playwright-core'
import { startListening } from './call-browser.ts'

/** Opens a join link and joins under a name; resolves once the page says that media flows. */
export async function joinCall(
  context: BrowserContext,
  link: string,
  name: string,
  timeout = 30_000,
): Promise<Page> {
  const page = await context.newPage()
  const connected = page.waitForEvent('console', {
    predicate: (message) => message.text() === 'rtc connected',
    timeout,
  })
  connected.catch(() => undefined) // The awaits below tell an earlier failure better.
  await page.goto(link)
  await page.getByTestId('name').fill(name)
  await page.getByTestId('join').click()
  await connected
  await startListening(page)
  return page
}

/** The tile of a person, by name. */
export function tileOf(page: Page, name: string) {
  return page.getByTestId('participant').filter({ hasText: name })
}
