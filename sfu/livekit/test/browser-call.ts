import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { callArguments, launchChromium } from '../../../scripts/test/chromium.ts'
import type { Firefox } from '../../../scripts/test/firefox.ts'

const require = createRequire(import.meta.url)

/** A published version of livekit-client, as installed. */
export type ClientPackage = 'livekit-client' | 'livekit-client-2.19'

/** Starts a headless Chromium with fake devices. */
export function startChromium(): Promise<Browser> {
  return launchChromium(callArguments)
}

const pageScript = join(import.meta.dirname, 'call-page.js')

function clientFile(name: string): string {
  return join(dirname(require.resolve(name)), 'livekit-client.umd.js')
}

/** The files of a test page: `/<package>.html` loads that package's own build and the page's script. */
export async function callPages(): Promise<
  (path: string) => Readonly<{ type: string; body: string | Buffer }> | undefined
> {
  const files = new Map<string, Readonly<{ type: string; body: string | Buffer }>>()
  const script = await readFile(pageScript)
  files.set('/call-page.js', { type: 'text/javascript', body: script })
  for (const name of ['livekit-client', 'livekit-client-2.19']) {
    const body = await readFile(clientFile(name))
    files.set(`/${name}.js`, { type: 'text/javascript', body })
    const scripts = [`/${name}.js`, '/call-page.js'].map((src) => `<script src="${src}"></script>`)
    const html = `<!doctype html><meta charset="utf-8"><title>call</title>${scripts.join('')}`
    files.set(`/${name}.html`, { type: 'text/html', body: html })
  }
  return (path) => files.get(path)
}

/** A page of any browser. */
export interface CallPage {
  /** Evaluates an expression in the page; its value must be JSON. */
  evaluate(expression: string): Promise<unknown>
  /** Resolves when the expression is true in the page, rejects after a while. */
  until(expression: string): Promise<void>
  close(): Promise<void>
}

/** Opens the page of a client in Chromium. */
export async function openInChromium(browser: Browser, address: PageAddress): Promise<CallPage> {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
  const page = await context.newPage()
  await page.goto(toUrl(address))
  return {
    evaluate: (expression) => page.evaluate(expression),
    until: async (expression) => {
      await page.waitForFunction(expression, undefined, { timeout: 20_000, polling: 20 })
    },
    close: () => context.close(),
  }
}

/** Opens the page of a client in Firefox. */
export function openInFirefox(firefox: Firefox, address: PageAddress): Promise<CallPage> {
  return firefox.openPage(toUrl(address))
}

/** Where a test page is served, and which client it loads. */
export type PageAddress = Readonly<{ url: string; client: ClientPackage }>

function toUrl({ url, client }: PageAddress): string {
  return `${url.replace('ws:', 'http:')}/${client}.html`
}

/** A page with one participant; `call` in it is made by `call-page.js`. */
export class BrowserParticipant {
  readonly #page: CallPage

  constructor(page: CallPage) {
    this.#page = page
  }

  /** Evaluates an expression about `call`; its value must be JSON. */
  evaluate<T = unknown>(expression: string): Promise<T> {
    return this.#page.evaluate(expression) as Promise<T>
  }

  /** Resolves with the milliseconds it took until the expression about `call` is true. */
  async until(expression: string): Promise<number> {
    const startMs = performance.now()
    await this.#page.until(expression)
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
    await this.#page.close()
  }
}
