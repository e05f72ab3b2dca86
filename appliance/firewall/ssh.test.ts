import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { decideSsh, isConnected, sshPorts } from './ssh.ts'

const PASSWD = [
  'root:x:0:0:root:/r:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'callbox:x:990:990::/var/lib/callbox:/usr/sbin/nologin',
  'anna:x:1000:1000:Anna:/h/anna:/bin/sh',
  '',
].join('\n')
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIexample anna@example.org\n'

async function createRoot(t: Test, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'callbox-ssh-'))
  t.teardown(() => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries({ 'etc/passwd': PASSWD, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

t.test('opens SSH where somebody with a shell has a key', async (t) => {
  const openFor = [
    { 'r/.ssh/authorized_keys': KEY },
    { 'h/anna/.ssh/authorized_keys2': `# comment\n\n${KEY}` },
    { 'h/anna/.ssh/authorized_keys': `from="192.0.2.0/24",no-pty ${KEY}` },
    { 'h/anna/.ssh/authorized_keys': 'sk-ecdsa-sha2-nistp256@openssh.com AAAA key' },
  ]
  for (const files of openFor) {
    t.match(await decideSsh(await createRoot(t, files)), { open: true }, JSON.stringify(files))
  }
})

t.test('keeps SSH shut where there is no key, or nobody who could use it', async (t) => {
  const shutFor = [
    {},
    { 'h/anna/.ssh/authorized_keys': '' },
    { 'h/anna/.ssh/authorized_keys': `# ${KEY}` },
    { 'var/lib/callbox/.ssh/authorized_keys': KEY },
    { 'h/anna/.ssh': 'not a directory' },
  ]
  for (const files of shutFor) {
    t.match(await decideSsh(await createRoot(t, files)), { open: false }, JSON.stringify(files))
  }
})

t.test('sets the firewall whatever a user makes of the file', async (t) => {
  const make = {
    'a link to itself': (file: string) => symlink(file, file),
    'an endless device': (file: string) => symlink('/dev/zero', file),
    'a pipe': (file: string) => promisify(execFile)('mkfifo', [file]),
    'a link to what never ends': (file: string) => symlink('/proc/self/mem', file),
  }
  for (const [name, makeFile] of Object.entries(make)) {
    const root = await createRoot(t, { 'h/anna/.ssh/authorized_keys2': KEY })
    await makeFile(join(root, 'h/anna/.ssh/authorized_keys'))
    t.match(await decideSsh(root), { open: true }, name)
  }
})

t.test('knows the ports that the configuration of the SSH server names', async (t) => {
  const ports = async (text: string, more: object = {}) =>
    sshPorts(await createRoot(t, { 'etc/ssh/sshd_config': text, ...more }))
  t.same(await sshPorts(await createRoot(t, {})), [22])
  t.same(await ports('#Port 2222\nGatewayPorts 2223\nPortal 7\nListenAddress ::\n'), [22])
  t.same(await ports('Include x\n  port 2222\nPort=222\nPort 99999\n'), [22, 222, 2222])
  const addresses = 'ListenAddress 192.0.2.1:2022\nListenAddress [2001:db8::1]:2023\n'
  t.same(await ports(`${addresses}ListenAddress 2001:db8::2024\n`), [22, 2022, 2023])
  const more = {
    'etc/ssh/sshd_config.d/own.conf': 'Port 2222\n',
    'etc/ssh/sshd_config.d/own.conf.old': 'Port 2223\n',
  }
  t.same(await ports('', more), [22, 2222])
  const socket = {
    'etc/systemd/system/ssh.socket.d/own.conf': '[Socket]\nListenStream=\nListenStream=2224\n',
    'run/systemd/generator/ssh.socket.d/addresses.conf':
      'ListenStream=0.0.0.0:2225\nListenStream=[::]:2226\nListenStream=/run/sshd/23\n',
  }
  t.same(await ports('', socket), [22, 2224, 2225, 2226])
})

t.test('sees a connection to a port of SSH, and no listener or other port', async (t) => {
  const line = (local: string, remote: string, state: string) =>
    `   0: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000\n`
  const seen = async (text: string) => {
    const table = { 'proc/self/net/tcp6': `  sl  local_address\n${text}` }
    return isConnected(await createRoot(t, table), [22, 2222])
  }
  t.equal(await seen(line('0016', 'C350', '01')), true)
  t.equal(await seen(line('08AE', 'C350', '01')), true)
  t.equal(await seen(line('0016', '0000', '0A')), false, 'a listener')
  t.equal(await seen(line('C350', '0016', '01')), false, 'to another machine')
  t.equal(await isConnected(await createRoot(t, {}), [22]), false)
})
