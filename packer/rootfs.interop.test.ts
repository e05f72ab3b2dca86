import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { needs } from '../scripts/test-needs.ts'

const FILES = join(import.meta.dirname, 'rootfs/files')
const UNITS = 'etc/systemd/system'

const folder = await mkdtemp(join(tmpdir(), 'callbox-rootfs-'))
t.teardown(() => rm(folder, { recursive: true }))

function run(command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

/** Runs a shell script on mounts of its own; what it mounts is gone with it. */
function onOwnMounts(script: string, ...args: readonly string[]) {
  return run('unshare', '--mount', 'sh', '-euc', script, 'sh', ...args)
}

t.test(
  'SSH lets nobody in by password, whatever a later file says',
  {
    skip: needs('netns', 'sshd', 'ssh-keygen'),
  },
  async (t) => {
    const key = join(folder, 'host_key')
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key)
    const config = join(folder, 'sshd_config')
    const later = 'PasswordAuthentication yes\nPermitRootLogin yes\n'
    await writeFile(config, `Include ${FILES}/etc/ssh/sshd_config.d/10-callbox.conf\n${later}`)
    const shown = onOwnMounts(
      'mkdir -p /run/sshd; exec /usr/sbin/sshd -T -f "$1" -h "$2"',
      config,
      key,
    )
    t.equal(shown.status, 0, shown.err)
    t.match(shown.out, /^passwordauthentication no$/m)
    t.match(shown.out, /^kbdinteractiveauthentication no$/m)
    t.match(shown.out, /^permitrootlogin (without-password|prohibit-password)$/m)
  },
)

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9Gk somebody'

t.test('SSH starts only where a key lets somebody in', { skip: needs('netns') }, async (t) => {
  const script = join(FILES, 'usr/local/lib/callbox/has-authorized-key')
  const withKeys = async (shell: string, keys: string | undefined) => {
    const home = await mkdtemp(join(folder, 'home-'))
    await mkdir(join(home, '.ssh'))
    if (keys !== undefined) await writeFile(join(home, '.ssh/authorized_keys'), keys)
    const passwd = join(home, 'passwd')
    await writeFile(passwd, `root:x:0:0:root:${home}:${shell}\nbin:x:2:2:bin:/bin:/bin/sh\n`)
    return onOwnMounts('mount --bind "$1" /etc/passwd; exec "$2"', passwd, script).status
  }
  t.equal(await withKeys('/bin/bash', `${KEY}\n`), 0)
  t.equal(await withKeys('/bin/bash', `# ${KEY}\nno-pty,command="x y" ${KEY}\n`), 0)
  t.equal(await withKeys('/bin/bash', undefined), 1)
  t.equal(await withKeys('/bin/bash', `\n# ${KEY}\n`), 1, 'a comment is no key')
  t.equal(await withKeys('/usr/sbin/nologin', `${KEY}\n`), 1, 'who cannot log in does not count')
})

t.test(
  'systemd takes the units as they are, and the serial console is closed in well',
  {
    skip: needs('netns', 'networkctl', 'sshd'),
  },
  async (t) => {
    const script = `
    mount -t tmpfs tmpfs /${UNITS}
    mount -t tmpfs tmpfs /usr/local
    cp -a "$1/${UNITS}/." /${UNITS}/
    cp -a "$1/usr/local/." /usr/local/
    mkdir -p /usr/local/bin
    install -m 755 /bin/true /usr/local/bin/callbox
    systemd-analyze verify ssh.service serial-getty@ttyS0.service systemd-networkd-wait-online.service
    systemd-analyze cat-config systemd/journald.conf >"$2"
    systemd-analyze security --offline=yes --threshold=30 --no-pager serial-getty@ttyS0.service >"$2"`
    const verified = onOwnMounts(script, FILES, join(folder, 'security'))
    t.same(
      verified,
      { status: 0, out: '', err: '' },
      await readFile(join(folder, 'security'), 'utf8'),
    )
  },
)

function patternsIn(text: string): readonly string[] {
  const pattern = /^Unattended-Upgrade::Origins-Pattern:: "(.*)";$/gm
  return [...text.matchAll(pattern)].map(([, origin = '']) => origin)
}

t.test(
  'apt takes security updates by itself and nothing else',
  { skip: needs('apt') },
  async (t) => {
    const parts = join(FILES, 'etc/apt/apt.conf.d')
    const before = 'Unattended-Upgrade::Origins-Pattern { "origin=Debian,label=Debian"; };'
    const config = join(folder, 'apt.conf')
    await writeFile(config, `${before}\nDir::Etc::parts "${parts}";\n`)
    const shown = run('env', `APT_CONFIG=${config}`, 'apt-config', 'dump')
    t.equal(shown.status, 0, shown.err)
    const origins = patternsIn(shown.out)
    t.equal(origins.length, 2)
    for (const origin of origins) t.match(origin, /label=Debian-Security$/)
    t.match(shown.out, 'Unattended-Upgrade::Automatic-Reboot "false";')
  },
)

t.test('cloud-init makes no user and no password', async (t) => {
  const text = await readFile(join(FILES, 'etc/cloud/cloud.cfg.d/90-callbox.cfg'), 'utf8')
  t.match(parse(text), { users: [], disable_root: false, ssh_pwauth: false })
  t.notMatch(text, /passwd|chpasswd|password:/)
})

t.test('a serial console is closed in as the one on the screen', async (t) => {
  // What differs with the device, and where the console's own unit may have been opened or closed further.
  const own = /^(DeviceAllow|ReadWritePaths|ProtectHostname)=/
  const settingsOf = (text: string) => {
    const sandbox = text.slice(text.indexOf('CapabilityBoundingSet='), text.indexOf('[Install]'))
    const settings = sandbox.split('\n').filter((row) => /^[A-Z]\w+=/.test(row))
    return settings.filter((row) => !own.test(row)).sort()
  }
  const unit = join(import.meta.dirname, '../scripts/install/units/callbox-console.service')
  const serial = join(FILES, UNITS, 'serial-getty@.service.d/10-callbox.conf')
  const settings = settingsOf(`${await readFile(serial, 'utf8')}[Install]`)
  t.ok(settings.length > 10)
  t.same(settings, settingsOf(await readFile(unit, 'utf8')))
})
