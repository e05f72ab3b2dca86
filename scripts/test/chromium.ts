import { type Browser, chromium } from 'playwright-core'

/** Debian's Chromium. */
export const chromiumPath = '/usr/bin/chromium'

/** Arguments for a Chromium without a window that asks no question and calls nobody. */
export const quietArguments: readonly string[] = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Arguments that give pages a camera and a microphone without asking, and sound without a click. */
export const callArguments: readonly string[] = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
]

/** Starts a headless Chromium with further arguments and environment variables. */
export function launchChromium(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [...quietArguments, ...args],
    env: { ...process.env, ...environment },
  })
}
