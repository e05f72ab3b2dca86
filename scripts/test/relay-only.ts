import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CertificateAuthority } from './certificate-authority.ts'
import { callArguments, launchChromium } from './chromium.ts'
import { Firefox } from './firefox.ts'

/** One TURN URL and how to log in there. */
export type IceServer = Readonly<{ urls: string; username: string; credential: string }>

/** What two connections of one page came to that could use relays only. */
export type RelayOutcome = Readonly<{
  /** What the other side sent back on the data channel. */
  echoed: string
  /** Once a second of loud sound has come to each side: the candidates of its selected pair. */
  sides: readonly Readonly<{ types: readonly string[]; relayProtocol: string }>[]
}>

/** A browser's page that can make such connections. */
export type RelayPage = Readonly<{
  /** Connects; the connections stay. Rejects after 30 s with what the browser complained of. */
  talk(server: IceServer): Promise<RelayOutcome>
  /** Closes the connections. */
  hangUp(): Promise<void>
  close(): Promise<void>
}>

/**
 * Opens such a page in a browser that trusts an authority; without a `url` the page comes from a server of its own.
 */
export type OpenRelayPage = (authority: CertificateAuthority, url?: string) => Promise<RelayPage>

/** The page to serve at the `url`. */
export async function relayPageHtml(): Promise<string> {
  const script = await readFile(join(import.meta.dirname, 'relay-only-page.js'), 'utf8')
  return `<!doctype html><title>Relays only</title><script>${script}</script>`
}

/** Opens such a page in Chromium. */
export const openRelayPageInChromium: OpenRelayPage = async (authority, url) => {
  const site = await servePage(url)
  const home = await mkdtemp(join(tmpdir(), 'callbox-home-'))
  authority.trustIn(join(home, '.pki/nssdb'))
  const browser = await launchChromium(
    [...callArguments, '--disable-features=WebRtcHideLocalIpsWithMdns'],
    { HOME: home },
  )
  const page = await browser.newPage()
  await page.goto(site.url)
  return {
    talk: async (server) =>
      (await page.evaluate(`talkThroughRelay(${JSON.stringify(server)})`)) as RelayOutcome,
    hangUp: () => page.evaluate('hangUp()'),
    async close() {
      await browser.close()
      await site.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Opens such a page in Firefox. */
export const openRelayPageInFirefox: OpenRelayPage = async (authority, url) => {
  const site = await servePage(url)
  const browser = await Firefox.start({ authority })
  const page = await browser.openPage(site.url)
  return {
    talk: async (server) =>
      (await page.evaluate(`talkThroughRelay(${JSON.stringify(server)})`)) as RelayOutcome,
    hangUp: async () => void (await page.evaluate('hangUp()')),
    async close() {
      await browser.close()
      await site.close()
    },
  }
}

/** Microphones are for pages of this machine or with a certificate. */
async function servePage(url?: string): Promise<Readonly<{ url: string; close(): Promise<void> }>> {
  if (url !== undefined) return { url, close: async () => undefined }
  const html = await relayPageHtml()
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
