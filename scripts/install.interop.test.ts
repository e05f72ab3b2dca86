import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { bootDebian, type DebianGuest, ownSuite, type Suite } from './test/debian-guest.ts'
import { needs } from './test-needs.ts'

t.setTimeout(540_000)
const run = promisify(execFile)

/** This machine's own Debian, so that the media worker that was built here runs there. */
const suite = (process.env['TEST_DEBIAN_SUITE'] as Suite | undefined) ?? ownSuite()
const skip =
  needs('netns', 'worker', 'mmdebstrap', 'nspawn') ||
  (suite === undefined && 'needs Debian 12 or 13: its mirror and its C library')

/** Files that the system itself writes as it runs; the backups of user lists are those of useradd. */
const VOLATILE = [
  '/(proc|sys|dev|run|tmp|media)(/|$)',
  '/var/(log|tmp|cache)/',
  '/var/lib/(systemd|dbus|private)(/|$)',
  '/etc/((passwd|group|shadow|gshadow|subuid|subgid)-|[.]pwd[.]lock|resolv[.]conf|machine-id)$',
]
/** Files that the running appliance writes by itself. */
const WRITTEN = '/var/lib/callbox/history/'

/** Every file with type, mode, owner and content; with `times` also when it changed, but for what the appliance writes. */
const listing = (guest: DebianGuest, times = false) => {
  const left = [...VOLATILE, ...(times ? [WRITTEN] : [])].map((part) => `${part}.*`).join('|')
  const format = `%p %y %m %u:%g %l${times ? ' %s %T@ %C@' : ''}\\n`
  return guest.sh(
    `find / -xdev -regextype posix-extended -regex '${left}' -prune -o -not -type d -printf '${format}' | sort; ` +
      'cat /etc/passwd /etc/group /etc/shadow',
  )
}

const PASSWORD = 'a long enough password'

type Answer = Readonly<{ status: number; text: string; cookie: string }>

/** Asks the appliance from inside the guest. */
const ask = async (
  guest: DebianGuest,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const origin = 'http://127.0.0.1:8080'
  const posted = { 'content-type': 'application/json', origin, ...headers }
  const init =
    body === undefined ? {} : { method: 'POST', headers: posted, body: JSON.stringify(body) }
  const script = `const r = await fetch('${origin}${path}', ${JSON.stringify(init)})
    const cookie = r.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ')
    console.log(JSON.stringify({ status: r.status, text: await r.text(), cookie }))`
  const node = '/opt/callbox/current/node_modules/node-linux-*/bin/node'
  return JSON.parse(
    await guest.sh(`${node} --input-type=module -e '${script.replaceAll("'", `'\\''`)}'`),
  )
}

const mainPid = async (guest: DebianGuest) =>
  Number(await guest.sh('systemctl show -p MainPID --value callbox'))

/** Does something to the process; resolves when systemd has started another one, and that is ready. */
const untilReplaced = (guest: DebianGuest, strike: string) =>
  guest.untilLogged('callbox', /^Started callbox/, () => guest.sh(strike))

/** A bundle of this tree, and one with another id that cannot start. */
async function buildBundles(folder: string): Promise<string> {
  const build = join(import.meta.dirname, 'release/build.ts')
  const { stdout } = await run(process.execPath, [build, '--no-archive', '--out', folder])
  const good = stdout.trim()
  await run('mv', [good, join(folder, 'good')])
  await run('cp', ['-al', join(folder, 'good'), join(folder, 'bad')])
  await rewrite(join(folder, 'bad/release.json'), (text) =>
    text.replace(/"id": "[^"]*"/, '"id": "9.9.9-bad"'),
  )
  await rewrite(
    join(folder, 'bad/appliance/appliance.ts'),
    (text) => `throw new Error('this release is broken')\n${text}`,
  )
  return folder
}

/** Writes a file anew: the old one shares its bytes with another release. */
async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const text = change(await readFile(file, 'utf8'))
  await rm(file)
  await writeFile(file, text)
}

async function createSite(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bundles-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const guest = await bootDebian(suite ?? 'bookworm', await buildBundles(folder))
  t.teardown(guest.close)
  const install = (...options: string[]) =>
    guest.exec('sh', '/media/good/scripts/install.sh', ...options)
  return { guest, install, before: await listing(guest) }
}

type Site = Awaited<ReturnType<typeof createSite>>

const installs =
  ({ guest, install }: Site) =>
  async (t: Test) => {
    const { status, out, err } = await install('--firewall')
    t.equal(status, 0, `${out}${err}`)
    t.match(out, /ready after \d+ s\n[\s\S]*https:\/\/10\.99\.0\.1:8444\/admin\/setup\?code=/)
    t.match(await ask(guest, '/readyz'), { status: 200, text: /"ready":true/ })
    t.match(await ask(guest, '/healthz'), { status: 200 })
    t.match(await guest.sh('systemctl show -p StatusText --value callbox'), /serves at https:/)
    t.match(await guest.exec('callbox', 'firewall', '--check'), { status: 0 })
    t.equal(await guest.sh('systemctl --failed --no-legend'), '')
    t.match(await guest.exec('callbox', 'turn-credentials', '--json'), {
      status: 0,
      out: /10\.99\.0\.1:3478/,
    })
    t.match(
      await guest.exec('callbox'),
      { status: 1, err: /systemctl start callbox/ },
      'no second one',
    )
  }

const isConfined =
  ({ guest }: Site) =>
  async (t: Test) => {
    const status = await guest.sh(`cat /proc/${await mainPid(guest)}/status`)
    t.match(status, /^CapEff:\s+0+400$/m)
    t.match(status, /^Seccomp:\s+2$/m)
    t.match(status, /^NoNewPrivs:\s+1$/m)
    t.match(await guest.sh(`stat -c %U /proc/${await mainPid(guest)}`), 'callbox\n')
  }

const runsAgain =
  ({ guest, install }: Site) =>
  async (t: Test) => {
    const [pid, files] = [await mainPid(guest), await listing(guest, true)]
    t.match(await install('--firewall'), { status: 0, out: /running, and nothing changed/ })
    t.equal(await mainPid(guest), pid)
    t.equal(await listing(guest, true), files)
  }

const tellsSetUpLink =
  ({ guest }: Site) =>
  async (t: Test) => {
    const file = '/run/callbox/start.json'
    t.match(await guest.sh(`stat -c '%a %U' ${file}`), '600 callbox\n')
    const { setupLink } = JSON.parse(await guest.sh(`cat ${file}`))
    const code = new URL(setupLink).searchParams.get('code')
    const answer = await ask(guest, '/api/admin/setup', {
      code,
      password: PASSWORD,
    })
    t.match(answer, { status: 200 })
    await guest.sh(`timeout 20 sh -c 'while grep -q setupLink ${file}; do :; done'`)
    const facts = JSON.parse(await guest.sh(`cat ${file}`))
    t.match(facts, { publicOrigin: 'https://10.99.0.1:8444', localOrigin: 'http://localhost:8080' })
    t.notOk('setupLink' in facts)
  }

const reloads =
  ({ guest }: Site) =>
  async (t: Test) => {
    const pid = await mainPid(guest)
    await guest.sh("echo 'turn: { denied_peers: [192.0.2.0/24] }' >> /etc/callbox/config.yaml")
    await guest.untilLogged('callbox', /configuration was read again/, () =>
      guest.sh('systemctl reload callbox'),
    )
    t.equal(await mainPid(guest), pid)
    t.equal(await guest.sh('systemctl is-active callbox'), 'active\n')
  }

/** Restarts on another port, as the settings page does. */
const followsPorts =
  ({ guest }: Site) =>
  async (t: Test) => {
    const pid = await mainPid(guest)
    const login = await ask(guest, '/api/admin/login', { password: PASSWORD })
    const { csrf } = JSON.parse(login.text)
    const headers = { cookie: login.cookie, 'x-csrf-token': csrf }
    const turnPort = async (port: number | null) => {
      const body = { values: { 'turn.port': port }, restart: true }
      t.match(await ask(guest, '/api/admin/settings', body, headers), { status: 200 })
    }
    const untilOpen = (port: number) =>
      guest.sh(
        `timeout 60 sh -c 'until nft list table inet callbox | grep -q "udp dport.*[^0-9]${port}[^0-9]"; do :; done'`,
      )
    await turnPort(3500)
    await untilOpen(3500)
    t.notMatch(await guest.sh('nft list table inet callbox'), /\b3478\b/)
    t.equal(await mainPid(guest), pid)
    await turnPort(null)
    await untilOpen(3478)
    t.notMatch(await guest.sh('nft list table inet callbox'), /\b3500\b/)
    t.equal(await guest.sh('systemctl --failed --no-legend'), '')
  }

const survivesKill =
  ({ guest }: Site) =>
  async (t: Test) => {
    const pid = await mainPid(guest)
    await untilReplaced(guest, `kill -KILL ${pid}`)
    t.not(await mainPid(guest), pid)
    t.match(await ask(guest, '/readyz'), { status: 200 })
  }

const survivesHang =
  ({ guest }: Site) =>
  async (t: Test) => {
    const folder = '/etc/systemd/system/callbox.service.d'
    await guest.sh(`mkdir ${folder} && printf '[Service]\\nWatchdogSec=2\\n' > ${folder}/test.conf`)
    await guest.sh('systemctl daemon-reload && systemctl restart callbox')
    const pid = await mainPid(guest)
    await untilReplaced(guest, `kill -STOP ${pid}`)
    t.not(await mainPid(guest), pid)
    t.match(await guest.sh('journalctl -o cat -u callbox'), /Watchdog timeout/)
  }

const survivesReboot =
  ({ guest }: Site) =>
  async (t: Test) => {
    await guest.reboot()
    t.match(await ask(guest, '/readyz'), { status: 200 })
    t.match(await guest.exec('callbox', 'firewall', '--check'), { status: 0 })
    const since = async (unit: string) =>
      Number(await guest.sh(`systemctl show -p ActiveEnterTimestampMonotonic --value ${unit}`))
    t.ok((await since('callbox-firewall')) > 0)
    t.ok((await since('callbox-firewall')) < (await since('network-pre.target')))
  }

const shutsNobodyOut =
  ({ guest, install }: Site) =>
  async (t: Test) => {
    const node = '$(echo /opt/callbox/current/node_modules/node-linux-*/bin/node)'
    const script =
      "const n=require('net');n.createServer().listen(22,()=>n.connect(22,'127.0.0.1'))"
    await guest.sh(`systemd-run -q --unit=ssh-session ${node} -e "${script}"`)
    await guest.sh("timeout 20 sh -c 'until ss -Htn state established | grep -q :22; do :; done'")
    t.match(await guest.exec('callbox', 'firewall', '--apply'), {
      status: 1,
      err: /--ssh to leave it open/,
    })
    t.match(await guest.exec('callbox', 'firewall', '--apply', '--no-ssh'), { status: 0 })
    t.match(await install('--firewall', '--ssh'), { status: 0 })
    await guest.sh('systemctl reload callbox-firewall')
    t.match(await guest.sh('nft list table inet callbox'), /tcp dport 22 accept/)
    await guest.sh('systemctl stop ssh-session')
  }

const goesBack =
  ({ guest }: Site) =>
  async (t: Test) => {
    const good = await guest.sh('readlink /opt/callbox/current')
    const { status, err } = await guest.exec('sh', '/media/bad/scripts/install.sh', '--no-tune')
    t.equal(status, 1)
    t.match(err, /this release is broken[\s\S]*is in use again, and ready/)
    t.equal(await guest.sh('readlink /opt/callbox/current'), good)
    t.match(await ask(guest, '/readyz'), { status: 200 })
  }

const stops =
  ({ guest }: Site) =>
  async (t: Test) => {
    await guest.sh('systemctl stop callbox')
    const shown = await guest.sh(
      'systemctl show -p Result -p ExecMainStatus -p ActiveState callbox',
    )
    t.match(shown, /Result=success/)
    t.match(shown, /ExecMainStatus=0/)
    t.match(shown, /ActiveState=inactive/)
    t.match(await guest.exec('pgrep', '-u', 'callbox'), { status: 1, out: '' })
  }

const keepsData =
  ({ guest, install }: Site) =>
  async (t: Test) => {
    const secrets = await guest.sh('cat /var/lib/callbox/secrets.json')
    const { status, out } = await install('--uninstall', '--keep-data', '--yes')
    t.equal(status, 0)
    t.match(out, /left: .*the user callbox/)
    t.match(await guest.exec('ls', '/opt/callbox', '/usr/local/bin/callbox'), {
      status: 2,
      out: '',
    })
    t.match(await install('--no-tune'), { status: 0, out: /these ports have to be open/ })
    t.equal(await guest.sh('cat /var/lib/callbox/secrets.json'), secrets)
    t.match(await ask(guest, '/readyz'), { status: 200 })
  }

const leavesNothing =
  ({ guest, before }: Site) =>
  async (t: Test) => {
    t.match(
      await guest.exec(
        'sh',
        '-c',
        'sh /opt/callbox/current/scripts/install.sh --uninstall </dev/null',
      ),
      {
        status: 1,
        err: /Nothing is changed/,
      },
    )
    const { status, out, err } = await guest.exec(
      ...['sh', '/opt/callbox/current/scripts/install.sh', '--uninstall', '--yes'],
    )
    t.equal(status, 0, `${out}${err}`)
    t.equal(await listing(guest), before)
    t.equal(await guest.sh('nft list ruleset'), '')
    t.equal(await guest.sh("systemctl list-units --all --no-legend --state=loaded 'callbox*'"), '')
  }

t.test(`on ${suite}, with its own systemd`, { skip }, async (t) => {
  const site = await createSite(t)
  await t.test('installs: the service is ready when the installer ends', installs(site))
  await t.test('runs as its own user, with one capability, behind a filter', isConfined(site))
  await t.test('changes nothing when it runs again', runsAgain(site))
  await t.test(
    'tells the set-up link to root alone, until the password is set',
    tellsSetUpLink(site),
  )
  await t.test('reads its configuration again and keeps its process', reloads(site))
  await t.test('has the firewall follow a port that the page changes', followsPorts(site))
  await t.test('comes back when it is killed', survivesKill(site))
  await t.test('is ended by the watchdog when it hangs, and comes back', survivesHang(site))
  await t.test('is there after a reboot, behind its firewall from the start', survivesReboot(site))
  await t.test('shuts out nobody who is connected by SSH, unasked', shutsNobodyOut(site))
  await t.test('goes back to the release of before when another does not start', goesBack(site))
  await t.test('ends calls and leaves no process when it is stopped', stops(site))
  await t.test('goes and leaves the data, which the next one takes up', keepsData(site))
  await t.test('goes without a trace', leavesNothing(site))
})
