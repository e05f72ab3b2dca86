import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { writeMicrophoneFile } from './tones.ts'

/** Debian's Chromium. */
export const CHROMIUM = '/usr/bin/chromium'

/** The title of the tab that a shared screen shows. */
export const SHARED_TAB_TITLE = 'Callbox shared screen'

const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--ignore-certificate-errors',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--auto-select-tab-capture-source-by-title=${SHARED_TAB_TITLE}`,
]

/** One person's browser: a process, a profile and a microphone of its own. */
export type PersonBrowser = Readonly<{ context: BrowserContext; close(): Promise<void> }>

/**
 * Starts a browser whose microphone plays the tones of `tones.ts`, and whose screen share is the tab
 * titled `SHARED_TAB_TITLE`. `page-probes.js` runs in each of its pages.
 */
export async function startPersonBrowser(executablePath = CHROMIUM): Promise<PersonBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-browser-'))
  const microphone = join(folder, 'microphone.wav')
  await writeMicrophoneFile(microphone)
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
    args: [...ARGUMENTS, `--use-file-for-fake-audio-capture=${microphone}`],
  })
  await context.addInitScript({ path: join(import.meta.dirname, 'page-probes.js') })
  return {
    context,
    async close() {
      await context.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The way media takes, as the browser's statistics tell. */
export type SelectedPath = Readonly<{
  localType: 'host' | 'srflx' | 'prflx' | 'relay'
  protocol: 'udp' | 'tcp'
  relayProtocol?: 'udp' | 'tcp' | 'tls'
  remotePort: number
}>

/** The selected candidate pair of each connected peer connection of the page. */
export async function selectedPaths(page: Page): Promise<SelectedPath[]> {
  return JSON.parse(await page.evaluate('callboxProbes.selectedPaths().then(JSON.stringify)'))
}

/** Starts measuring what the page receives. */
export async function startListening(page: Page): Promise<void> {
  await page.evaluate('callboxProbes.startListening()')
}

/** Resolves when each frequency (hertz) was the loudest sound, again and again, from here on. */
export async function hearsTones(page: Page, tones: readonly number[], timeout = 15_000) {
  await page.evaluate('callboxProbes.samples.length = 0')
  const heard = `callboxProbes.heard(${JSON.stringify(tones)})`
  await page.waitForFunction(heard, undefined, { timeout, polling: 100 })
}

/** Resolves when a whole second held nothing that can be heard. */
export async function hearsSilence(page: Page, timeout = 15_000) {
  await page.evaluate('callboxProbes.samples.length = 0')
  await page.waitForFunction('callboxProbes.silent()', undefined, { timeout, polling: 100 })
}

/** Resolves when the middles of the largest video's quarters have these colours, within 60 a channel. */
export async function seesQuarters(
  page: Page,
  colours: readonly (readonly [number, number, number])[],
  timeout = 20_000,
) {
  const close = `(callboxProbes.videoQuarters() ?? []).length === 4 &&
    callboxProbes.videoQuarters().every((seen, quarter) =>
      seen.every((value, channel) =>
        Math.abs(value - ${JSON.stringify(colours)}[quarter][channel]) < 60))`
  await page.waitForFunction(close, undefined, { timeout, polling: 200 })
}
