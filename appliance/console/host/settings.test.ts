import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../config/load.ts'
import { changeHostName, readHostName, withOwnName } from './host-name.ts'
import { changePublicAddress, publicAddressIn } from './public-address.ts'
import type { Ran } from './run-command.ts'
import { changeTimeServers, readTimeServers } from './time-servers.ts'

/** A machine in a folder with systemd, which answers as told. */
async function createMachine(t: Test, answers: readonly Ran[] = []) {
  const root = await mkdtemp(join(tmpdir(), 'callbox-settings-'))
  t.teardown(() => rm(root, { recursive: true }))
  const folders = ['run/systemd/system', 'etc/callbox', 'lib/systemd']
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true })
  const asked: string[] = []
  const left = [...answers]
  const run = async (command: string, args: readonly string[]) => {
    asked.push([command, ...args].join(' '))
    return left.shift() ?? { status: 0, out: '', err: '' }
  }
  return { root, run, asked, file: join(root, 'etc/callbox/config.yaml') }
}

const FAILED = { status: 1, out: '', err: 'Job for callbox.service failed' }

const CONFIG = `# Our calls.
web:
  https_port: 443   # the firewall's

# What people type.
public_address: old.example.org # since spring
turn: { port: 3478 }
`

t.test('sets the public address, and leaves comments and order as they are', async (t) => {
  const { root, run, file, asked } = await createMachine(t)
  await writeFile(file, CONFIG)
  await chmod(file, 0o640)
  const said = await changePublicAddress('203.0.113.7', { root, file, run })
  t.match(said, 'runs with it')
  const text = await readFile(file, 'utf8')
  t.equal(text, CONFIG.replace('old.example.org', '203.0.113.7').replace('443   #', '443 #'))
  t.same(asked, ['systemctl restart callbox.service'])
  t.equal((await stat(file)).mode & 0o777, 0o640)
  t.match((await loadConfig({ config: file, env: {} })).config, { public_address: '203.0.113.7' })
  t.same(await readdir(join(root, 'etc/callbox')), ['config.yaml'], 'leaves no copy')
})

t.test('changes nothing where the admin page sets the address', async (t) => {
  const { root, run, file, asked } = await createMachine(t)
  await writeFile(file, CONFIG)
  const dataDir = join(root, 'var/lib/callbox')
  await mkdir(dataDir, { recursive: true })
  await writeFile(join(dataDir, 'settings.yaml'), 'public_address: page.example.org')
  await t.rejects(changePublicAddress('203.0.113.7', { root, file, run }), {
    code: 'CONFIG_NOT_TAKEN',
    message: /admin page sets public_address/,
  })
  t.same([await readFile(file, 'utf8'), asked], [CONFIG, []])
})

t.test(
  'leaves what it writes readable for services, whatever the umask of the shell',
  async (t) => {
    const { root, run, file } = await createMachine(t)
    await writeFile(file, CONFIG)
    await chmod(file, 0o640)
    await writeFile(join(root, 'lib/systemd/systemd-timesyncd'), '')
    const umask = process.umask(0o077)
    t.teardown(() => process.umask(umask))
    await changePublicAddress('203.0.113.7', { root, file, run })
    await changeTimeServers(['192.0.2.1'], { root, run })
    process.umask(umask)
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777
    t.equal(await modeOf(file), 0o640)
    const folder = join(root, 'etc/systemd/timesyncd.conf.d')
    t.equal(await modeOf(folder), 0o755)
    t.equal(await modeOf(join(folder, '90-callbox.conf')), 0o644)
  },
)

t.test('makes the configuration where there is none, or nothing in it', async (t) => {
  for (const before of [undefined, '', '# nothing yet\n']) {
    const { root, run, file } = await createMachine(t)
    if (before !== undefined) await writeFile(file, before)
    await changePublicAddress('2001:db8::7', { root, file, run })
    t.match(await readFile(file, 'utf8'), 'public_address: 2001:db8::7\n')
    t.match((await loadConfig({ config: file, env: {} })).config, { public_address: '2001:db8::7' })
  }
})

t.test('changes nothing in a configuration with a mistake, and names it', async (t) => {
  for (const [text, code] of [
    ['turn: { port: 0 }\n', 'CONFIG_INVALID'],
    ['a: [\n', 'CONFIG_SYNTAX'],
    ['- a list\n', 'CONFIG_INVALID'],
  ] as const) {
    const { root, run, file, asked } = await createMachine(t)
    await writeFile(file, text)
    await t.rejects(changePublicAddress('203.0.113.7', { root, file, run }), { code }, text)
    t.equal(await readFile(file, 'utf8'), text)
    t.same(asked, [])
  }
})

t.test('refuses what the whole configuration forbids, and names the file', async (t) => {
  const { root, run, file } = await createMachine(t)
  const text = 'turn: { nat_discovery: "203.0.113.7:3480" }\n'
  await writeFile(file, text)
  const changed = changePublicAddress('203.0.113.7', { root, file, run })
  const message = await changed.catch(({ message }: Error) => message)
  t.match(message, `in ${file}, line 1`)
  t.notMatch(message, '.check')
  t.equal(await readFile(file, 'utf8'), text)
})

t.test('goes back when the service does not start with the new address', async (t) => {
  const { root, run, file, asked } = await createMachine(t, [FAILED])
  await writeFile(file, CONFIG)
  await t.rejects(changePublicAddress('203.0.113.7', { root, file, run }), {
    code: 'CONFIG_NOT_TAKEN',
    message: /Job for callbox/,
  })
  t.equal(await readFile(file, 'utf8'), CONFIG)
  t.equal(asked.length, 2, 'it is started with the one of before')
})

t.test('shows the address that is set, and none for auto', async (t) => {
  t.equal(publicAddressIn(CONFIG), 'old.example.org')
  for (const text of ['', '# only a comment\n', 'public_address: auto\n', 'public_address:\n']) {
    t.equal(publicAddressIn(text), '', text)
  }
})

t.test('sets time servers, and goes back to those of the system', async (t) => {
  const { root, run, asked } = await createMachine(t)
  await t.rejects(changeTimeServers(['192.0.2.1'], { root, run }), { message: /not installed/ })
  await writeFile(join(root, 'lib/systemd/systemd-timesyncd'), '')
  await changeTimeServers(['ntp.example.org', '192.0.2.1'], { root, run })
  t.same(await readTimeServers(root), ['ntp.example.org', '192.0.2.1'])
  t.same(asked, [
    'systemctl enable systemd-timesyncd.service',
    'systemctl restart systemd-timesyncd.service',
  ])
  await changeTimeServers([], { root, run })
  t.same(await readTimeServers(root), [])
})

t.test('puts the time servers back that worked', async (t) => {
  const good = { status: 0, out: '', err: '' }
  const { root, run } = await createMachine(t, [good, good, good, FAILED])
  await writeFile(join(root, 'lib/systemd/systemd-timesyncd'), '')
  await changeTimeServers(['192.0.2.1'], { root, run })
  await t.rejects(changeTimeServers(['192.0.2.2'], { root, run }), { code: 'TIME_SERVERS_NOT_SET' })
  t.same(await readTimeServers(root), ['192.0.2.1'])
})

t.test('names the machine, also in the list of hosts', async (t) => {
  const { root, run, asked } = await createMachine(t)
  await changeHostName('calls.example.org', { root, run })
  t.same(asked, ['hostnamectl hostname calls.example.org'])
  t.equal(await readFile(join(root, 'etc/hosts'), 'utf8'), '127.0.1.1\tcalls.example.org calls\n')
  await rm(join(root, 'run'), { recursive: true })
  await changeHostName('a', { root, run })
  t.equal(asked[1], 'hostname a', 'without systemd, by the kernel and the file')
  t.equal(await readFile(join(root, 'etc/hostname'), 'utf8'), 'a\n')
  t.equal(await readHostName(root), 'a')
  await writeFile(join(root, 'etc/hostname'), '# nobody named it\n')
  t.equal(await readHostName(root), hostname())
  const refusing = await createMachine(t, [{ status: 1, out: '', err: 'not permitted' }])
  await t.rejects(changeHostName('a', refusing), { code: 'HOST_NAME_NOT_SET' })
  t.same(await readdir(join(refusing.root, 'etc')), ['callbox'])
})

t.test('leaves the other lines of the list of hosts as they are', async (t) => {
  t.equal(withOwnName('127.0.0.1 localhost', 'a'), '127.0.0.1 localhost\n127.0.1.1\ta\n')
  t.equal(
    withOwnName('127.0.0.1 localhost\n127.0.1.1 old\n::1 localhost\n', 'a.example.org'),
    '127.0.0.1 localhost\n127.0.1.1\ta.example.org a\n::1 localhost\n',
  )
})
