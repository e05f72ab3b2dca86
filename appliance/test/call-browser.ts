import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { CertificateAuthority } from '../../scripts/test/certificate-authority.ts'
import { chromiumPath, quietArguments } from '../../scripts/test/chromium.ts'
import { writeMicrophoneFile } from './tones.ts'

/** The title of the tab that a shared screen shows. */
export const SHARED_TAB_TITLE = 'Callbox shared screen'

const ARGUMENTS = [
  ...quietArguments,
  '--disable-quic',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]

/** One person's browser: a process and a profile of its own. */
export type PersonBrowser = Readonly<{ context: BrowserContext; close(): Promise<void> }>

/** A browser whose microphone plays the tones of `tones.ts`; without an `authority` it believes any certificate. */
export async function startTalkingBrowser(
  executablePath = chromiumPath,
  authority?: CertificateAuthority,
): Promise<PersonBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-microphone-'))
  const microphone = join(folder, 'microphone.wav')
  await writeMicrophoneFile(microphone)
  const args = [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${microphone}`,
  ]
  const browser = await startBrowser(executablePath, args, authority)
  return {
    context: browser.context,
    async close() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A browser without a microphone, which shares the tab titled `SHARED_TAB_TITLE` when asked to. */
export function startSharingBrowser(executablePath = chromiumPath): Promise<PersonBrowser> {
  return startBrowser(executablePath, [
    `--auto-select-tab-capture-source-by-title=${SHARED_TAB_TITLE}`,
  ])
}

/** `page-probes.js` runs in each of its pages. */
async function startBrowser(
  executablePath: string,
  args: readonly string[],
  authority?: CertificateAuthority,
): Promise<PersonBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'callbox-browser-'))
  authority?.trustIn(join(profile, '.pki/nssdb'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    ignoreHTTPSErrors: authority === undefined,
    viewport: { width: 1280, height: 800 },
    args: [...ARGUMENTS, ...(authority ? [] : ['--ignore-certificate-errors']), ...args],
    env: { ...process.env, ...(authority ? { HOME: profile } : {}) },
  })
  await context.addInitScript({ path: join(import.meta.dirname, 'page-probes.js') })
  return {
    context,
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** The way media takes, as the browser's statistics tell. */
export type SelectedPath = Readonly<{
  localType: 'host' | 'srflx' | 'prflx' | 'relay'
  protocol: 'udp' | 'tcp'
  relayProtocol?: 'udp' | 'tcp' | 'tls'
  /** The TURN server's, where the candidate is a relay. */
  url?: string
  remoteIp: string
  remotePort: number
}>

type Probe =
  | 'selectedPaths'
  | 'goesOver'
  | 'startListening'
  | 'forget'
  | 'heard'
  | 'silent'
  | 'sees'
  | 'report'
type ProbedPage = { callboxProbes: Record<Probe, (argument: unknown) => unknown> }

// The page's own policy forbids evaluating text, so probes are called by functions.
function probe(page: Page, name: Probe, argument?: unknown): Promise<unknown> {
  return page.evaluate(
    ([name, argument]) => (globalThis as unknown as ProbedPage).callboxProbes[name](argument),
    [name, argument] as const,
  )
}

async function untilProbe(page: Page, name: Probe, argument: unknown, timeout: number) {
  try {
    await page.waitForFunction(
      ([name, argument]) => (globalThis as unknown as ProbedPage).callboxProbes[name](argument),
      [name, argument] as const,
      { timeout, polling: 100 },
    )
  } catch (error) {
    const seen = JSON.stringify(await probe(page, 'report'))
    throw new Error(`the page did not come to "${name}" within ${timeout} ms: ${seen}`, {
      cause: error,
    })
  }
}

/** The selected candidate pair of each connected peer connection of the page. */
export async function selectedPaths(page: Page): Promise<SelectedPath[]> {
  return (await probe(page, 'selectedPaths')) as SelectedPath[]
}

/** Resolves when both connections of the page go over this protocol, to the server or to TURN. */
export async function goesOver(page: Page, protocol: 'udp' | 'tcp', timeout = 30_000) {
  await probe(page, 'forget')
  await untilProbe(page, 'goesOver', protocol, timeout)
}

/** Starts measuring what the page receives. */
export async function startListening(page: Page): Promise<void> {
  await probe(page, 'startListening')
}

/** Resolves when each frequency (hertz) was the loudest sound, again and again, from here on. */
export async function hearsTones(page: Page, tones: readonly number[], timeout = 15_000) {
  await probe(page, 'forget')
  await untilProbe(page, 'heard', tones, timeout)
}

/** Resolves when a whole second held nothing that can be heard. */
export async function hearsSilence(page: Page, timeout = 15_000) {
  await probe(page, 'forget')
  await untilProbe(page, 'silent', undefined, timeout)
}

/** Resolves when the largest video shows these colours in its quarters. */
export async function seesQuarters(page: Page, colours: readonly unknown[], timeout = 20_000) {
  await untilProbe(page, 'sees', colours, timeout)
}
