import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

const require = createRequire(import.meta.url)

/** A published version of livekit-client, as installed. */
export type ClientPackage = 'livekit-client' | 'livekit-client-2.19'

/** Debian's Chromium. */
export const chromiumPath = '/usr/bin/chromium'

/** Starts a headless Chromium with fake devices. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection',
    ],
  })
}

/** The files of a test page: `/<package>.html` loads that package's own build and the page's script. */
export async function callPages(): Promise<
  (path: string) => Readonly<{ type: string; body: string | Buffer }> | undefined
> {
  const files = new Map<string, Readonly<{ type: string; body: string | Buffer }>>()
  const script = await readFile(join(import.meta.dirname, 'call-page.js'))
  files.set('/call-page.js', { type: 'text/javascript', body: script })
  for (const name of ['livekit-client', 'livekit-client-2.19']) {
    const main = require.resolve(name)
    const body = await readFile(join(dirname(main), 'livekit-client.umd.js'))
    files.set(`/${name}.js`, { type: 'text/javascript', body })
    const scripts = [`/${name}.js`, '/call-page.js'].map((src) => `<script src="${src}"></script>`)
    const html = `<!doctype html><meta charset="utf-8"><title>call</title>${scripts.join('')}`
    files.set(`/${name}.html`, { type: 'text/html', body: html })
  }
  return (path) => files.get(path)
}

/** A page with one participant; `call` in it is made by `call-page.js`. */
export class BrowserParticipant {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  static async open(
    browser: Browser,
    address: Readonly<{ port: number; client: ClientPackage }>,
  ): Promise<BrowserParticipant> {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${address.port}/${address.client}.html`)
    return new BrowserParticipant(page)
  }

  /** Evaluates an expression about `call`; its value must be JSON. */
  evaluate<T = unknown>(expression: string): Promise<T> {
    return this.page.evaluate<T>(expression)
  }

  /** Resolves with the milliseconds it took until the expression about `call` is true. */
  async until(expression: string, timeoutMs = 15_000): Promise<number> {
    const startMs = performance.now()
    await this.page.waitForFunction(expression, undefined, { timeout: timeoutMs, polling: 20 })
    return performance.now() - startMs
  }

  /** Resolves when an event of that name and detail has come, after the first `since` events. */
  untilEvent(name: string, detail = '', since = 0): Promise<number> {
    return this.until(`call.has('${name}', '${detail}', ${since})`)
  }

  eventCount(): Promise<number> {
    return this.evaluate<number>('call.events.length')
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}
