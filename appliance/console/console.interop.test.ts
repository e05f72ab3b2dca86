import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import decodeQR from 'qr/decode.js'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { type RunningAppliance, startAppliance } from '../test/running-appliance.ts'
import { SELF_SIGNED_FILE } from '../tls/self-signed.ts'
import {
  type Addresses,
  given,
  startNetworkd,
  testOnOwnMachine,
  watchAddresses,
} from './test/own-machine.ts'
import { pixelsOf } from './test/pixels.ts'
import { openScreen, type TmuxScreen } from './test/tmux-screen.ts'

t.setTimeout(180_000)
const MAIN = join(import.meta.dirname, '../main.ts')
const RUN_DIR = '/run/callbox'
const SMALL = { columns: 80, rows: 25 }

/** What every part of the test is given. */
type Site = Readonly<{
  addresses: Addresses
  /** What systemd-networkd wrote. */
  networkd: readonly string[]

  running: RunningAppliance
  open: (t: Test, before?: string) => Promise<TmuxScreen>
}>

async function createSite(t: Test): Promise<Site> {
  const networkd = await startNetworkd(t)
  const addresses = await watchAddresses(t)
  const config = `# A comment.\npublic_address: ${given.address} # another\n`
  await mkdir(RUN_DIR, { recursive: true })
  const running = await startAppliance(config, (command, args) =>
    spawn(command, args, {
      env: { ...process.env, RUNTIME_DIRECTORY: RUN_DIR },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  t.teardown(running.stop)
  const folder = await mkdtemp(join(tmpdir(), 'callbox-console-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const command = `env TERM=linux '${process.execPath}' '${MAIN}' console --config '${running.configFile}'`
  return {
    running,
    addresses,
    networkd,
    open: async (t, before = '') => {
      const screen = await openScreen(folder, `exec ${before} ${command}`, SMALL)
      t.teardown(screen.close)
      return screen
    },
  }
}

/** Opens the network form, and fills in a fixed address. */
async function setAddress(screen: TmuxScreen, address: string): Promise<void> {
  await screen.until(/Enter menu/)
  await screen.press('m', 'n')
  await screen.until(/Network: ens3/)
  await screen.press('f')
  await screen.press('Tab', 'C-u')
  await screen.type(address)
  await screen.press('Tab', 'C-u')
  await screen.type(given.router)
  await screen.press('Enter', 'Enter', 'Enter', 'Enter')
}

/** Does what a browser does with the link. */
async function setPassword({ setupLink, publicLink, demoLink }: RunningAppliance): Promise<void> {
  const code = new URL(setupLink).searchParams.get('code')
  const answer = await fetch(`${new URL(demoLink).origin}/api/admin/setup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: new URL(publicLink).origin },
    body: JSON.stringify({ code, password: 'a long enough password' }),
  })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
}

const showsTheStart =
  ({ running, open }: Site) =>
  async (t: Test) => {
    const screen = await open(t)
    const shown = await screen.until(/Callbox +ready[\s\S]*SHA-256/)
    t.match(shown, /ens3 +192\.0\.2\.50\/24/)
    t.match(shown, /Gateway +192\.0\.2\.1/)
    t.equal(decodeQR(pixelsOf(shown)), running.setupLink, 'a camera reads the link')
    const pem = await readFile(join(running.dataDir, SELF_SIGNED_FILE), 'utf8')
    const { fingerprint256 } = new X509Certificate(pem)
    const left = shown.split('\n').map((row) => row.slice(0, 38).trim())
    t.match(left.join(''), fingerprint256.slice(0, 32), 'the certificate that browsers see')
    await setPassword(running)
    const later = await screen.until(/Admin page/)
    const origin = new URL(running.publicLink).origin
    t.equal(decodeQR(pixelsOf(later)), `${origin}/admin`, 'the link is gone with its use')
    t.notMatch(later, 'code=')
    await screen.press('q')
    await screen.ended
  }

const takesBack =
  ({ open, addresses }: Site) =>
  async (t: Test) => {
    const screen = await open(t)
    await setAddress(screen, '192.0.2.60')
    await screen.until(/needs the length of its network's prefix/)
    await screen.press('Up', 'Up', 'Up', 'Up')
    await screen.type('/24')
    await screen.press('Enter', 'Enter', 'Enter', 'Enter', 'Enter')
    await screen.until(/Keep these addresses\?[\s\S]*192\.0\.2\.60\/24/)
    t.match(await addresses.now(), '192.0.2.60')
    await screen.press('r')
    await screen.until(/has the addresses of before again/)
    await addresses.until(given.address)
    t.notMatch(await addresses.now(), '192.0.2.60')
    await screen.press('Enter')
    await setAddress(screen, '192.0.2.61/24')
    await screen.until(/Keep these addresses\?/)
    await addresses.until('192.0.2.61')
    await screen.close()
    await addresses.until(given.address)
    t.notMatch(await addresses.now(), '192.0.2.61', 'also when its terminal is taken away')
  }

const keeps =
  ({ open, addresses }: Site) =>
  async (t: Test) => {
    const screen = await open(t)
    await setAddress(screen, '192.0.2.60/24')
    await screen.until(/Keep these addresses\?/)
    await screen.press('k')
    await screen.until(/The new addresses of ens3 are kept/)
    await screen.press('Enter')
    await screen.until(/ens3 +192\.0\.2\.60\/24/)
    await screen.press('q')
    await screen.ended
    t.match(await addresses.now(), '192.0.2.60')
  }

const endsAbandoned =
  ({ open, addresses }: Site) =>
  async (t: Test) => {
    const first = await open(t)
    await setAddress(first, '192.0.2.70/24')
    await first.until(/Keep these addresses\?/)
    await addresses.until('192.0.2.70')
    await first.end('SIGKILL')
    const soon = await open(t, 'unshare --fork --time --boottime 30')
    await soon.until(/ens3 +192\.0\.2\.70/)
    t.match(await addresses.now(), '192.0.2.70', 'not before its time')
    await soon.press('q')
    await soon.ended
    const late = await open(t, 'unshare --fork --time --boottime 61')
    await addresses.until('192.0.2.60')
    t.notMatch(await addresses.now(), '192.0.2.70')
    await late.until(/ens3 +192\.0\.2\.60/)
    await late.press('q')
    await late.ended
  }

const setsTheRest =
  ({ open, running }: Site) =>
  async (t: Test) => {
    const screen = await open(t)
    await screen.until(/Enter menu/)
    await screen.press('m', 'h')
    await screen.until(/Host name +before/)
    await screen.press('C-u')
    await screen.type('calls.example.org')
    await screen.press('Enter')
    await screen.until(/This machine is called calls\.example\.org/)
    t.equal(hostname(), 'calls.example.org')
    t.equal(await readFile('/etc/hostname', 'utf8'), 'calls.example.org\n')
    await screen.press('Enter', 'm', 'p')
    await screen.until(/Public address +192\.0\.2\.50/)
    await screen.press('C-u')
    await screen.type('calls.example.org')
    await screen.press('Enter')
    await screen.until(/Saved/)
    const text = await readFile(running.configFile, 'utf8')
    t.equal(text, '# A comment.\npublic_address: calls.example.org # another\n')
    await screen.press('Enter', 'm', 'd')
    await screen.until(/Diagnostics[\s\S]*media worker/)
    await screen.press('Escape')
    await screen.until(/Enter menu/)
    await screen.press('q')
    await screen.ended
  }

await testOnOwnMachine(import.meta.filename, {
  name: 'a console in a real terminal',
  skip: needs('netns', 'worker', 'tmux', 'dbus-daemon', 'networkctl'),
  async run(t) {
    const site = await createSite(t)
    await t.test('shows a first start', showsTheStart(site))
    await t.test('takes an address back that nobody keeps', takesBack(site))
    await t.test('keeps an address', keeps(site))
    await t.test('ends a change whose console was killed, by a moved clock', endsAbandoned(site))
    await t.test('writes files that systemd-networkd takes without a word', async (t) => {
      t.match(
        site.networkd.join('\n'),
        'Configuring with /etc/systemd/network/10-callbox-ens3.network',
      )
      const complaints = /unknown|failed|invalid|ignoring|assignment outside/i
      t.same(
        site.networkd.filter((row) => complaints.test(row) && !/runtime dir/i.test(row)),
        [],
      )
    })
    await t.test('sets name and public address, and shows diagnostics', setsTheRest(site))
  },
})
