import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's Chromium. */
export const chromiumPath = '/usr/bin/chromium'

/** A page with one RTCPeerConnection; `call` runs a function of `peer-page.js`. */
export class BrowserPeer {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  static async open(browser: Browser): Promise<BrowserPeer> {
    const page = await browser.newPage()
    await page.addInitScript({ path: `${import.meta.dirname}/peer-page.js` })
    await page.goto('about:blank')
    const peer = new BrowserPeer(page)
    await peer.call('open')
    return peer
  }

  /** Calls `peer.<name>(...args)` in the page; what it returns must be JSON. */
  call<T = unknown>(name: string, ...args: readonly unknown[]): Promise<T> {
    return this.page.evaluate<T>(`peer.${name}(...${JSON.stringify(args)})`)
  }

  /** Resolves when the expression about `peer` is true in the page. */
  async until(expression: string): Promise<void> {
    await this.page.waitForFunction(expression, undefined, { timeout: 15_000, polling: 50 })
  }
}

/** Starts a headless Chromium that needs no click to play. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
  })
}
