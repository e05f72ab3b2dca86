import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { freePorts } from '../appliance/test/free-ports.ts'
import { startAppliance } from '../appliance/test/running-appliance.ts'
import { setAdminPassword } from '../appliance/test/set-admin-password.ts'
import { callArguments, launchChromium } from './test/chromium.ts'

const FOLDER = join(import.meta.dirname, '../docs/images')
const MOST_BYTES = 300_000
/** How long people talk before pictures are taken, so that charts have something to show. */
const TALK_MS = 120_000

/** One picture of the admin page. */
type Picture = Readonly<{
  name: string
  path: string
  width: number
  height: number
  colorScheme: 'light' | 'dark'
}>

const PICTURES: readonly Picture[] = [
  { name: 'dashboard-light', path: '/admin', width: 1440, height: 1180, colorScheme: 'light' },
  { name: 'dashboard-dark', path: '/admin', width: 1440, height: 1180, colorScheme: 'dark' },
  { name: 'dashboard-phone', path: '/admin', width: 390, height: 844, colorScheme: 'light' },
  { name: 'dashboard-wall', path: '/admin?kiosk', width: 1920, height: 1080, colorScheme: 'dark' },
]

/** Who talks in the pictures; `relay` where their network lets media through by TURN only. */
const PEOPLE = [
  { room: 'stand-up', name: 'Ada Lovelace', relay: false },
  { room: 'stand-up', name: 'Grace Hopper', relay: true },
  { room: 'design', name: 'Alan Turing', relay: false },
  { room: 'design', name: 'Hedy Lamarr', relay: false },
] as const

/** Source for a page: its connections go through TURN. */
const RELAY_ONLY = `globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) { super({ ...configuration, iceTransportPolicy: 'relay' }) }
  setConfiguration(configuration) {
    super.setConfiguration({ ...configuration, iceTransportPolicy: 'relay' })
  }
}`

await takePictures()

/** Takes pictures of the dashboard of an appliance of its own while people talk in calls. */
async function takePictures(): Promise<void> {
  const ports = await freePorts()
  const appliance = await startAppliance(
    `${JSON.stringify({
      public_address: '127.0.0.1',
      web: { https_port: ports.https, http_port: ports.http },
      rtc: { udp_port: ports.media, tcp_port: ports.media, workers: 1 },
      turn: { port: ports.turn, tls_port: ports.tls, workers: 1 },
    })}\n`,
  )
  const browser = await launchChromium([...callArguments, '--ignore-certificate-errors'])
  try {
    const admin = await openAdmin(browser, appliance.setupLink)
    const links = new Map<string, string>()
    for (const room of new Set(PEOPLE.map((person) => person.room))) {
      links.set(room, await makeJoinLink(admin, room))
    }
    for (const person of PEOPLE) await joinCall(browser, links.get(person.room) ?? '', person)
    await sleep(TALK_MS)
    await mkdir(FOLDER, { recursive: true })
    for (const picture of PICTURES) await take(admin, picture)
  } finally {
    await browser.close()
    await appliance.stop()
  }
}

async function openAdmin(browser: Browser, setupLink: string): Promise<Page> {
  const page = await browser.newPage({ ignoreHTTPSErrors: true })
  await setAdminPassword(page, setupLink)
  return page
}

async function makeJoinLink(page: Page, room: string): Promise<string> {
  await page.getByRole('button', { name: 'Create join link' }).click()
  await page.getByLabel('Room').fill(room)
  await page.keyboard.press('Enter')
  const link = await page.getByRole('textbox', { name: 'Join link' }).inputValue()
  await page.keyboard.press('Escape')
  return link
}

type Person = (typeof PEOPLE)[number]

async function joinCall(browser: Browser, link: string, { name, relay }: Person): Promise<void> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    permissions: ['microphone', 'camera'],
  })
  const page = await context.newPage()
  if (relay) await page.addInitScript(RELAY_ONLY)
  await page.goto(link)
  await page.getByTestId('name').fill(name)
  await page.getByTestId('join').click()
  await page.getByTestId('in-call').waitFor()
}

async function take(page: Page, { name, path, width, height, colorScheme }: Picture) {
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme })
  await page.goto(new URL(path, page.url()).href)
  await page.getByTestId('tile-people').waitFor()
  await sleep(2500) // the charts take up the colours and the size
  const file = join(FOLDER, `${name}.png`)
  await page.screenshot({ path: file })
  const { size } = await stat(file)
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}`)
}
