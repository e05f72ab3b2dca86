import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { DEBIAN_VALUES } from './test/fake-machine.ts'

t.setTimeout(240_000)
const run = promisify(execFile)
const main = join(import.meta.dirname, '../main.ts')

/** Without it nothing can be mounted over it, and the test would write to this machine's own. */
const noFolder = existsSync('/etc/sysctl.d') ? false : 'needs the directory /etc/sysctl.d'
const skip = needs('netns') || noFolder

const PORTS = 'net.ipv4.ip_local_reserved_ports'
const OPTMEM = 'net.core.optmem_max'
/** Settings that a network namespace has of its own; the rest is this machine's and stays as it is. */
const OWN_KEYS = [
  OPTMEM,
  'net.core.somaxconn',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_slow_start_after_idle',
  'net.ipv4.tcp_notsent_lowat',
  'net.ipv4.tcp_mtu_probing',
  PORTS,
]

/** Binds ports of the kernel's choice, and one of the relay range. */
const BIND_MANY = `
const { createSocket } = require('node:dgram')
const bind = (port) => new Promise((resolve) => {
  const socket = createSocket('udp4')
  socket.bind({ address: '0.0.0.0', port, exclusive: true }, () => resolve(socket))
})
const open = async () => {
  const sockets = await Promise.all([50000, ...Array(500).fill(0)].map(bind))
  const [asked, ...given] = sockets.map((socket) => socket.address().port)
  console.log(JSON.stringify({ asked, given }))
  for (const socket of sockets) socket.close()
}
open()`

/** A network namespace, with an /etc/sysctl.d and a /var/lib that are folders of the test. */
async function createSite() {
  const name = `cbtune${process.pid}`
  const folder = await mkdtemp(join(tmpdir(), 'callbox-tune-'))
  const [etc, lib] = [join(folder, 'sysctl.d'), join(folder, 'lib')]
  await Promise.all([mkdir(etc), mkdir(lib)])
  await run('ip', ['netns', 'add', name])
  const mounts = `mount --bind ${etc} /etc/sysctl.d && mount --bind ${lib} /var/lib`
  const exec = async (first: string, ...command: readonly string[]) => {
    const script = `${mounts} && ${first} && exec "$@"`
    const args = ['netns', 'exec', name, 'unshare', '-m', 'sh', '-c', script, 'sh', ...command]
    const { status, stdout, stderr } = spawnSync('ip', args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], CALLBOX_RTC__WORKERS: '2', CALLBOX_CONFIG: '' },
    })
    return { status, out: stdout, err: stderr }
  }
  return {
    file: join(etc, '90-callbox.conf'),
    tune: (...options: readonly string[]) =>
      exec('true', process.execPath, main, 'tune', ...options),
    tuneReadOnly: (...options: readonly string[]) =>
      exec('mount -o bind,ro /proc/sys /proc/sys', process.execPath, main, 'tune', ...options),
    shell: (script: string) => exec('true', 'sh', '-c', script),
    node: (script: string) => exec('true', process.execPath, '-e', script),
    async set(key: string, value: string) {
      await exec('true', 'sh', '-c', `echo ${value} > /proc/sys/${key.replaceAll('.', '/')}`)
    },
    /** Every setting's bytes, as this namespace has them. */
    async values() {
      const keys = Object.keys(DEBIAN_VALUES).map((key) => key.replaceAll('.', '/'))
      const script = `cd /proc/sys && for key in ${keys.join(' ')}; do echo "$key=$(cat $key 2>&1)"; done`
      return (await exec('true', 'sh', '-c', script)).out
    },
    /** Everything the test's folders hold. */
    files: () => readdir(folder, { recursive: true }),
    async close() {
      await run('ip', ['netns', 'del', name])
      await rm(folder, { recursive: true })
    },
  }
}

type Site = Awaited<ReturnType<typeof createSite>>

function machineValues(): Promise<readonly string[]> {
  const keys = Object.keys(DEBIAN_VALUES)
  return Promise.all(keys.map((key) => readFile(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8')))
}

/** The kernel's own parser is the judge of the rules that the notes advise. */
const advisesRules = (site: Site) => async (t: Test) => {
  const { notes } = JSON.parse((await site.tune('--json')).out)
  const fixes: readonly string[] = notes.map(({ fix }: { fix: string }) => fix)
  const command = fixes.map((fix) => /^echo '.*' \| nft -f -/.exec(fix)?.[0]).find(Boolean) ?? ''
  t.match(await site.shell(`${command} && nft list ruleset`), {
    status: 0,
    out: /hook prerouting priority raw;[\s\S]*49152-65535 } notrack[\s\S]*hook output/,
  })
}

const keepsPorts = (site: Site) => async (t: Test) => {
  const { out, err } = await site.node(BIND_MANY)
  const { given, asked } = JSON.parse(out || err)
  t.equal(given.length, 500)
  t.same(
    given.filter((port: number) => port >= 49152),
    [],
  )
  t.equal(asked, 50_000)
}

t.test('on a real kernel, in a network namespace', { skip }, async (t) => {
  const machineBefore = await machineValues()
  const site = await createSite()
  t.teardown(site.close)
  const before = await site.values()
  const filesBefore = await site.files()

  await t.test('refuses what belongs to the host, names it, and changes nothing', async (t) => {
    const { status, err } = await site.tune('--apply')
    t.equal(status, 1)
    t.match(err, /Nothing is changed: this is a network namespace.*net\.core\.netdev_max_backlog/)
    t.match(err, 'On the host, as root: sysctl -w ')
    t.equal(await site.values(), before)
    t.same(await site.files(), filesBefore)
  })

  await t.test('refuses a read-only /proc/sys, as containers have it', async (t) => {
    for (const options of [['--apply'], ['--apply', '--partial']]) {
      t.match(await site.tuneReadOnly(...options), { status: 1, err: /mounted read-only/ })
      t.same(await site.files(), filesBefore)
    }
  })

  await t.test('applies what it can, and the kernel has it', async (t) => {
    const { status, out } = await site.tune('--apply', '--partial', '--json')
    t.equal(status, 0)
    const { changed } = JSON.parse(out)
    t.ok(changed.includes(OPTMEM) && changed.includes(PORTS))
    const shown = JSON.parse((await site.tune('--json')).out)
    for (const { key, current, effective } of shown.settings) {
      if (OWN_KEYS.includes(key)) t.equal(current, effective, key)
    }
    const file = await readFile(site.file, 'utf8')
    t.match(file, `\n${OPTMEM} = 16777216\n`)
    t.match(await site.values(), '\nnet/core/optmem_max=16777216\n')
    t.match(await site.values(), /^net\/ipv4\/ip_local_reserved_ports=3478,.*49152-65535$/m)
    t.match(await site.tune('--check'), { status: 0, out: /as they should be/ })
  })

  await t.test('gives our ports to nobody by chance, and to us for the asking', keepsPorts(site))

  const isTracking = existsSync('/proc/sys/net/netfilter/nf_conntrack_count')
  const noNft = needs('nft') || (!isTracking && 'needs the kernel module nf_conntrack')
  await t.test('advises rules that the firewall takes', { skip: noNft }, advisesRules(site))

  await t.test('finds drift of the kernel and of the file, and mends it', async (t) => {
    await site.set(OPTMEM, '20480')
    const drifted = await site.tune('--check')
    t.equal(drifted.status, 1)
    t.match(drifted.out, `${OPTMEM}: the kernel has 20480, the file says 16777216`)
    const file = await readFile(site.file, 'utf8')
    await writeFile(site.file, file.replace(/tcp_mtu_probing = 1/, 'tcp_mtu_probing = 0'))
    t.match((await site.tune('--check')).out, 'tcp_mtu_probing: the file says 0, recommended is 1')
    t.match(await site.tune('--apply', '--partial'), { status: 0 })
    t.match(await site.tune('--check'), { status: 0 })
  })

  await t.test('reverts byte for byte, and leaves no file behind', async (t) => {
    t.match(await site.tune('--revert'), { status: 0, out: /value of before/ })
    t.equal(await site.values(), before)
    t.same(await site.files(), filesBefore)
    t.match(await site.tune('--revert'), { status: 0, out: /nothing to take back/ })
  })

  t.same(await machineValues(), machineBefore, 'the machine around the test is as it was')
})
