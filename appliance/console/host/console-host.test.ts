import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createConsoleHost } from './console-host.ts'
import type { Ran } from './run-command.ts'

/** A machine in a folder, which answers the commands that it is given by their first words. */
async function createMachine(t: Test, answers: Readonly<Record<string, Partial<Ran>>> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'callbox-host-'))
  t.teardown(() => rm(root, { recursive: true }))
  const asked: string[] = []
  const run = async (command: string, args: readonly string[], options?: { cwd?: string }) => {
    const words = [command, ...args].join(' ')
    asked.push(options?.cwd === undefined ? words : `${words} in ${options.cwd}`)
    const answer = Object.entries(answers).find(([begin]) => words.startsWith(begin))?.[1]
    return { status: 0, out: '', err: '', ...answer }
  }
  const places = { root, runDir: join(root, 'run/callbox'), configFile: undefined, env: {} }
  return { root, asked, host: createConsoleHost(places, ['callbox', 'main'], Date.now, run) }
}

t.test('shows diagnostics whether all is well or not, and what failed as it is', async (t) => {
  const doctor = { status: 1, out: 'problem  port\n  mend it\n', err: '' }
  const support = { status: 2, out: '', err: 'There is no command support.\n' }
  const { host } = await createMachine(t, {
    'callbox main doctor': doctor,
    'callbox main support': support,
  })
  t.same(await host.perform({ type: 'showDiagnostics' }), {
    type: 'text',
    title: 'Diagnostics',
    lines: ['problem  port', '  mend it'],
  })
  t.same(await host.perform({ type: 'makeSupportBundle' }), {
    type: 'text',
    title: 'Support bundle: that did not work',
    lines: ['There is no command support.'],
  })
})

t.test('keeps a support bundle where only root may read', async (t) => {
  const { host, root, asked } = await createMachine(t)
  await host.perform({ type: 'makeSupportBundle' })
  const folder = join(root, 'var/lib/callbox-update')
  t.same(asked, [`callbox main support in ${folder}`])
  t.equal((await stat(folder)).mode & 0o777, 0o700)
})

t.test('keeps the latest support bundles only', async (t) => {
  const { host, root } = await createMachine(t)
  const folder = join(root, 'var/lib/callbox-update')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'history.json'), '[]')
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const file = join(folder, `callbox-support-${name}.tar.gz`)
    await writeFile(file, '')
    await utimes(file, 1000 - index, 1000 - index)
  }
  await host.perform({ type: 'makeSupportBundle' })
  t.same((await readdir(folder)).sort(), [
    'callbox-support-a.tar.gz',
    'callbox-support-b.tar.gz',
    'callbox-support-c.tar.gz',
    'history.json',
  ])
})

t.test('resets, restarts and switches off by the commands for it', async (t) => {
  const { host, asked } = await createMachine(t)
  for (const type of ['factoryReset', 'reboot', 'powerOff'] as const) await host.perform({ type })
  t.same(asked, ['callbox main factory-reset --yes', 'systemctl reboot', 'systemctl poweroff'])
})

t.test('tells a refusal with what to do, on the screen', async (t) => {
  const { host } = await createMachine(t, { systemctl: { status: 1, err: 'Access denied' } })
  t.match(await host.perform({ type: 'reboot' }), {
    type: 'said',
    good: false,
    text: /systemctl reboot: Access denied\n.+/,
  })
  t.match(await host.perform({ type: 'open', form: 'network' }), {
    good: false,
    text: /not run by systemd-networkd/,
  })
})

t.test('shows the last line of the log first', async (t) => {
  const { host } = await createMachine(t, { journalctl: { out: 'one\ntwo\n' } })
  t.match(await host.perform({ type: 'showLogs' }), { type: 'text', lines: ['two', 'one'] })
})

t.test('says so when addresses could not be taken back, and goes on', async (t) => {
  const { host, root } = await createMachine(t, { networkctl: { status: 1, err: 'no bus' } })
  const folder = join(root, 'etc/systemd/network')
  await mkdir(folder, { recursive: true })
  const note = { before: null, bootId: 'another', deadlineMs: 0 }
  await writeFile(join(folder, '10-callbox-ens3.network.trial'), JSON.stringify(note))
  await host.revertAbandoned()
  t.match((await host.look()).warnings[0], { message: /no bus/ })
  await host.revertAbandoned()
})

t.test('says one thing once, however often addresses could not be taken back', async (t) => {
  const { host, root } = await createMachine(t)
  const file = join(root, 'etc/systemd/network/10-callbox-ens3.network')
  await mkdir(join(file, 'in-the-way'), { recursive: true })
  const note = { before: '[Match]\n', bootId: 'another', deadlineMs: 0 }
  await writeFile(`${file}.trial`, JSON.stringify(note))
  await host.revertAbandoned()
  const { warnings } = await host.look()
  t.match(warnings[0], { message: /EISDIR|ENOTEMPTY|EEXIST/, fix: /disk/ })
  await host.revertAbandoned()
  t.equal((await host.look()).warnings.length, warnings.length)
})

t.test('goes on where it cannot look', async (t) => {
  const { host, root } = await createMachine(t)
  await mkdir(join(root, 'etc/hostname'), { recursive: true })
  t.match((await host.look()).warnings, [{ message: /EISDIR/ }])
  await rm(join(root, 'etc/hostname'), { recursive: true })
  t.notMatch(JSON.stringify((await host.look()).warnings), 'EISDIR')
})

t.test('lets a service that lies about its start do no harm', async (t) => {
  const { host, root } = await createMachine(t)
  const runDir = join(root, 'run/callbox')
  const file = join(runDir, 'start.json')
  await mkdir(runDir, { recursive: true })
  const start = {
    version: 'of-the-service',
    publicOrigin: 'https://calls.example.org',
    localOrigin: 'http://127.0.0.1:1',
  }
  await writeFile(file, JSON.stringify(start))
  t.match(await host.look(), { version: 'of-the-service' })
  await writeFile(join(root, 'of-somebody-else'), JSON.stringify(start))
  const lies: Readonly<Record<string, () => unknown>> = {
    'no link': () => writeFile(file, JSON.stringify({ ...start, publicOrigin: 'here' })),
    'another scheme': () => writeFile(file, JSON.stringify({ ...start, localOrigin: 'file:///x' })),
    'a link that no code holds': () =>
      writeFile(file, JSON.stringify({ ...start, setupLink: `https://a/${'x'.repeat(9000)}` })),
    'a large file': () => writeFile(file, JSON.stringify({ ...start, more: 'x'.repeat(70_000) })),
    'a link to another file': () => symlink(join(root, 'of-somebody-else'), file),
    'a link to a device': () => symlink('/dev/zero', file),
    'a pipe': () => execFileSync('mkfifo', [file]),
    'a folder': () => mkdir(file),
  }
  for (const [name, tell] of Object.entries(lies)) {
    await rm(file, { recursive: true })
    await tell()
    const { version, warnings } = await host.look()
    t.not(version, 'of-the-service', name)
    t.notMatch(JSON.stringify(warnings), 'cannot do its work', name)
  }
})
