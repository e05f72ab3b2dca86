import type { Page } from 'playwright-core'

export const ADMIN_PASSWORD = 'a long enough password'

/** Opens the set-up link and sets the admin's password; resolves once the dashboard shows. */
export async function setAdminPassword(page: Page, setupLink: string): Promise<void> {
  await page.goto(setupLink)
  await page.getByLabel('New admin password').fill(ADMIN_PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByTestId('tile-people').waitFor()
}
