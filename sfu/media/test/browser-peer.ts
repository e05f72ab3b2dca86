import { readFile } from 'node:fs/promises'
import { callArguments, launchChromium } from '../../../scripts/test/chromium.ts'
import { Firefox } from '../../../scripts/test/firefox.ts'

/** A page with `peer-page.js` in it. */
export type PeerPage = Readonly<{
  /** What the expression gives, as far as JSON tells it. */
  evaluate(expression: string): Promise<unknown>
  /** Resolves when the expression is true; rejects after 15 s. */
  until(expression: string): Promise<void>
  close(): Promise<void>
}>

/** A browser that opens pages with `peer-page.js` in them. */
export type PeerBrowser = Readonly<{ newPage(): Promise<PeerPage>; close(): Promise<void> }>

/** A browser's RTCPeerConnection; `call` runs a function of `peer-page.js`. */
export class BrowserPeer {
  readonly #page: PeerPage

  private constructor(page: PeerPage) {
    this.#page = page
  }

  static async open(browser: PeerBrowser): Promise<BrowserPeer> {
    const peer = new BrowserPeer(await browser.newPage())
    await peer.call('open')
    return peer
  }

  /** Calls `peer.<name>(...args)` in the page. */
  async call<T = unknown>(name: string, ...args: readonly unknown[]): Promise<T> {
    // The page's answer has the shape that the caller knows the function to give.
    return (await this.#page.evaluate(`peer.${name}(...${JSON.stringify(args)})`)) as T
  }

  until(expression: string): Promise<void> {
    return this.#page.until(expression)
  }

  close(): Promise<void> {
    return this.#page.close()
  }
}

/** Starts a headless Chromium that needs no click to play. */
export async function startChromium(): Promise<PeerBrowser> {
  const browser = await launchChromium(callArguments)
  const newPage = async () => {
    const page = await browser.newPage()
    await page.addInitScript({ path: `${import.meta.dirname}/peer-page.js` })
    await page.goto('about:blank')
    return {
      evaluate: (expression: string) => page.evaluate<unknown>(expression),
      until: async (expression: string) => {
        await page.waitForFunction(expression, undefined, { timeout: 15_000, polling: 50 })
      },
      close: () => page.close(),
    }
  }
  return { newPage, close: () => browser.close() }
}

/** Starts a headless Firefox. */
export async function startFirefox(): Promise<PeerBrowser> {
  const firefox = await Firefox.start()
  const script = await readFile(`${import.meta.dirname}/peer-page.js`, 'utf8')
  const newPage = async () => {
    const page = await firefox.openPage()
    await page.evaluate(`(() => { ${script} })()`)
    return page
  }
  return { newPage, close: () => firefox.close() }
}
