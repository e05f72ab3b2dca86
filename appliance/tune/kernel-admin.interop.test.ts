import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'

t.setTimeout(120_000)

const skip =
  needs('netns') || (existsSync('/etc/sysctl.d') ? false : 'needs the directory /etc/sysctl.d')
const script = join(import.meta.dirname, 'test/kernel-admin-process.ts')

/** Settings that a network namespace has of its own; the rest is this machine's and stays as it is. */
const OWN_KEYS = [
  'net.core.somaxconn',
  'net.ipv4.tcp_mtu_probing',
  'net.ipv4.tcp_slow_start_after_idle',
]

const machineValues = () =>
  Promise.all(OWN_KEYS.map((key) => readFile(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8')))

t.test('applies and takes back on a real kernel, in a network namespace', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-kernel-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [etc, lib] = [join(folder, 'sysctl.d'), join(folder, 'lib')]
  await Promise.all([mkdir(etc), mkdir(lib)])
  const machineBefore = await machineValues()
  const mounts = `mount --bind ${etc} /etc/sysctl.d && mount --bind ${lib} /var/lib && exec "$@"`
  const command = [process.execPath, script, ...OWN_KEYS]
  const args = ['--net', '--mount', 'sh', '-c', mounts, 'sh', ...command]
  const { stdout, stderr } = spawnSync('unshare', args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  t.equal(stderr, '')
  const { refused, before, applied, second, between, reverted, after } = JSON.parse(stdout)
  t.match(refused, {
    details: { mayApply: false, obstacle: /network namespace.*On the host, as root/ },
    change: { ok: false, isBusy: false, message: /Nothing is changed/ },
  })
  const states = (details: typeof before) =>
    details.settings.map(({ state }: { state: string }) => state)
  t.match(before, { mayApply: true, isApplied: false })
  t.ok(states(before).includes('differs'), JSON.stringify(before.settings))
  t.match(applied, { ok: true, message: /read back/ })
  t.match(second, { ok: false, isBusy: true }, 'never twice at once')
  t.match(between, { isApplied: true })
  t.same(new Set(states(between)), new Set(['ok']))
  t.match(reverted, { ok: true })
  t.same(after, before, 'as it was')
  t.same(await readdir(folder, { recursive: true }), ['lib', 'sysctl.d'], 'no file is left')
  t.same(await machineValues(), machineBefore, 'the machine around the test is as it was')
})
