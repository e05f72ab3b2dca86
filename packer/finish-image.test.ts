import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'

/** What a machine that ran for a while has of its own. */
const ofOneMachine = [
  'etc/ssh/ssh_host_ed25519_key',
  'etc/ssh/ssh_host_ed25519_key.pub',
  'root/.ssh/authorized_keys',
  'home/debian/.ssh/authorized_keys',
  'var/lib/callbox/secrets.json',
  'var/lib/callbox/.hidden',
  'var/lib/callbox-update/backups/old.callbox-backup',
  'var/lib/.callbox-restore-cut-short/data/secrets.json',
  'var/lib/systemd/random-seed',
  'var/lib/cloud/instance/user-data.txt',
  'etc/netplan/50-cloud-init.yaml',
  'etc/systemd/network/10-cloud-init-eth0.network',
  'var/lib/dhcp/dhclient.eth0.leases',
]
const litter = [
  'var/log/syslog',
  'var/log/apt/history.log',
  'var/log/journal/0123/system.journal',
  'var/lib/apt/lists/some_Packages',
  'var/cache/apt/archives/some.deb',
  'etc/shadow-',
  'root/.bash_history',
  'tmp/x y',
]
const kept = [
  'etc/os-release',
  'etc/shadow',
  'etc/ssh/sshd_config',
  'etc/callbox/config.yaml',
  'etc/systemd/network/20-callbox.network',
  'opt/callbox/releases/1/release.json',
  'var/lib/callbox-tune/originals.json',
  'var/lib/dpkg/status',
  'root/.bashrc',
]

t.test('takes out what belongs to one machine, and keeps the rest', async (t) => {
  const root = system(t.testdir({}))
  const outside = join(t.testdirName, 'outside')
  writeFileSync(outside, 'kept')
  symlinkSync(outside, join(root, 'var/lib/callbox/link'))
  t.match(finish(root, { SOURCE_DATE_EPOCH: '1700000000' }), { status: 0, stderr: '' })
  t.same(
    [...ofOneMachine, ...litter].filter((path) => existsSync(join(root, path))),
    [],
  )
  t.same(
    kept.filter((path) => !existsSync(join(root, path))),
    [],
  )
  t.ok(existsSync(outside), 'and follows no link out of the system')
  t.equal(readFileSync(join(root, 'etc/machine-id'), 'utf8'), '')
  t.equal(statSync(join(root, 'var/.updated')).mtimeMs, 1_700_000_000_000)
  t.ok(existsSync(join(root, 'var/log/apt')), 'folders of logs stay: services expect them')
  t.match(finish(root), { status: 0 }, 'and may run again')
})

t.test('names what is left of one machine', async (t) => {
  const root = system(t.testdir({}))
  const { status, stdout } = finishImage(['--check', root])
  t.equal(status, 1)
  for (const path of [
    '/etc/machine-id',
    '/var/lib/callbox/secrets.json',
    '/etc/ssh/ssh_host_ed25519_key',
  ]) {
    t.match(stdout, `of one machine: ${path}`)
  }
  t.ok(existsSync(join(root, 'var/lib/callbox/secrets.json')), 'and changes nothing')
  finish(root)
  t.match(finishImage(['--check', root]), { status: 0, stdout: '' })
  writeFileSync(join(root, 'etc/ssh/ssh_host_rsa_key'), '')
  t.match(finishImage(['--check', root]), { status: 1, stdout: /ssh_host_rsa_key/ })
})

t.test('does not finish the machine it runs on by mistake', async (t) => {
  t.match(finishImage(['/']), { status: 2, stderr: /--this-machine/ })
  t.match(finishImage(['/etc/..']), { status: 2, stderr: /--this-machine/ })
  t.match(finishImage([t.testdir({})]), { status: 2, stderr: /finds no system/ })
  t.match(finishImage([join(t.testdirName, 'none')]), { status: 2, stderr: /finds no folder/ })
  t.match(finishImage([]), { status: 2, stderr: /usage/ })
})

function system(folder: string): string {
  const root = join(folder, 'a system')
  for (const path of [...ofOneMachine, ...litter, ...kept]) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), 'x')
  }
  writeFileSync(join(root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n')
  return root
}

function finish(root: string, env: Readonly<Record<string, string>> = {}) {
  return finishImage([root], env)
}

function finishImage(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const script = join(import.meta.dirname, 'finish-image.sh')
  return spawnSync(script, args, { encoding: 'utf8', env: { ...process.env, ...env } })
}
