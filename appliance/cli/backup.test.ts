import {
  chown,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { loadSecrets, readSecrets } from '../data-dir.ts'
import { callCommand } from '../lifecycle/test/call-command.ts'
import { createFakeHost } from '../lifecycle/test/fake-host.ts'
import { writePending } from '../lifecycle/update-state.ts'
import { createLongHistory } from '../telemetry/history/long-history.ts'
import { MIDNIGHT_MS, samplePoint } from '../telemetry/history/test/sample-points.ts'
import { createBackup } from './backup.ts'
import { createRestore } from './restore.ts'

const config =
  'public_address: 192.0.2.1\nweb: { tls: { mode: files, cert_file: TLS/c.pem, key_file: TLS/k.pem } }\n'

/** An appliance with configuration, secrets and certificate, and the commands for it. */
async function createAppliance(t: Test) {
  const made = await createFakeHost(t)
  const { host, places } = made
  await made.write(
    '/etc/callbox/config.yaml',
    config.replaceAll('TLS', join(places.configDir, 'tls')),
  )
  await made.write('/etc/callbox/tls/c.pem', 'certificate')
  await made.write('/etc/callbox/tls/k.pem', 'key')
  await mkdir(places.dataDir, { recursive: true, mode: 0o700 })
  const { secrets } = await loadSecrets(places.dataDir)
  await made.write('/var/lib/callbox/acme/account.json', 'account')
  const env = { CALLBOX_CONFIG: places.config, CALLBOX_DATA_DIR: places.dataDir }
  const file = join(host.root, 'b.tar.gz')
  return {
    ...made,
    secrets,
    file,
    env,
    backUp: (...args: string[]) => callCommand(createBackup(host), args, env),
    restore: (...args: string[]) => callCommand(createRestore(host), args, env),
  }
}

t.test('a restored backup gives the same appliance on a fresh host', async (t) => {
  const old = await createAppliance(t)
  t.match(await old.backUp(old.file), { code: 0, out: /every secret/ })
  t.equal((await stat(old.file)).mode & 0o777, 0o600)

  const fresh = await createFakeHost(t)
  fresh.service.managed = false
  await mkdir(fresh.places.dataDir, { recursive: true })
  const env = { CALLBOX_CONFIG: fresh.places.config, CALLBOX_DATA_DIR: fresh.places.dataDir }
  const { code, out } = await callCommand(createRestore(fresh.host), [old.file, '--yes'], env)
  t.equal(code, 0)
  t.match(out, /is of calls-1.*Restart the appliance/s)
  t.same(await readSecrets(fresh.places.dataDir), old.secrets)
  t.equal(await readFile(join(fresh.places.dataDir, 'acme/account.json'), 'utf8'), 'account')
  t.match(await readFile(fresh.places.config, 'utf8'), 'public_address: 192.0.2.1')
  t.equal(await readFile(join(fresh.places.configDir, 'tls/k.pem'), 'utf8'), 'key')
  t.equal((await stat(fresh.places.dataDir)).mode & 0o777, 0o700)
  t.equal((await stat(join(fresh.places.dataDir, 'secrets.json'))).mode & 0o777, 0o600)
  t.same((await readdir(join(fresh.host.root, 'var/lib'))).sort(), ['callbox'], 'leaves nothing')
})

t.test('keeps what was there as a backup that takes the appliance back', async (t) => {
  const made = await createAppliance(t)
  await made.backUp(made.file)
  await writeFile(join(made.places.dataDir, 'later.json'), 'later')
  const { out } = await made.restore(made.file, '--yes', '--json')
  const { before, restarted } = JSON.parse(out)
  t.equal(restarted, true)
  t.same(made.service.calls, ['stop', 'restart'])
  t.notOk((await readdir(made.places.dataDir)).includes('later.json'))
  t.match(await made.restore(before, '--yes'), { code: 0 })
  t.equal(await readFile(join(made.places.dataDir, 'later.json'), 'utf8'), 'later')
})

t.test('puts everything back when the appliance is not ready with what was restored', async (t) => {
  const made = await createAppliance(t)
  await made.backUp(made.file)
  await writeFile(made.places.config, 'public_address: 192.0.2.2\n')
  await writeFile(join(made.places.dataDir, 'later.json'), 'later')
  made.service.comesTo = async () => {
    const text = await readFile(made.places.config, 'utf8')
    return text.includes('192.0.2.2') ? 'ready' : 'silent'
  }
  await t.rejects(made.restore(made.file, '--yes'), {
    code: 'RESTORE_UNDONE',
    message: /did not answer within 120 s.*last line of the journal.*is back, and ready/s,
  })
  t.match(await readFile(made.places.config, 'utf8'), '192.0.2.2')
  t.equal(await readFile(join(made.places.dataDir, 'later.json'), 'utf8'), 'later')
})

t.test('leaves everything as it was when the configuration cannot be replaced', async (t) => {
  const made = await createAppliance(t)
  await made.backUp(made.file)
  const tls = join(made.places.configDir, 'tls')
  await rm(tls, { recursive: true })
  await writeFile(tls, 'a file where a folder belongs')
  await writeFile(made.places.config, 'public_address: 192.0.2.2\n')
  await writeFile(join(made.places.dataDir, 'later.json'), 'later')
  await t.rejects(made.restore(made.file, '--yes'), {
    code: 'RESTORE_FAILED',
    message: /tls.*as it was before/,
  })
  t.equal(await readFile(made.places.config, 'utf8'), 'public_address: 192.0.2.2\n')
  t.equal(await readFile(join(made.places.dataDir, 'later.json'), 'utf8'), 'later')
  t.same(made.service.calls, ['stop', 'restart'])
})

t.test('restores nothing while an update may put other data in its place', async (t) => {
  const made = await createAppliance(t)
  await made.backUp(made.file)
  await writeFile(join(made.places.dataDir, 'later.json'), 'later')
  await writePending(made.places, {
    from: '0.1.0-00000001',
    to: '0.1.0-00000002',
    startedAt: '2026-11-27T12:00:00.000Z',
    attempts: 0,
    phase: 'trying',
    excused: [],
  })
  await t.rejects(made.restore(made.file, '--yes'), { code: 'UPDATE_BUSY', fix: /--watch/ })
  t.equal(await readFile(join(made.places.dataDir, 'later.json'), 'utf8'), 'later')
  t.same(made.service.calls, [])
})

const isRoot = process.getuid?.() === 0

t.test(
  'gives nothing away that a link in the data directory leads to',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const made = await createAppliance(t)
    await made.backUp(made.file)
    await made.write('/etc/ssl/other.pem', 'of somebody else')
    const other = join(made.host.root, 'etc/ssl/other.pem')
    await symlink(join(made.host.root, 'etc/ssl'), join(made.places.dataDir, 'link'))
    await chown(made.places.dataDir, 4321, 4321)
    made.service.comesTo = async () => 'silent'
    await t.rejects(made.restore(made.file, '--yes'), { code: 'RESTORE_UNDONE' })
    t.equal((await stat(join(made.places.dataDir, 'secrets.json'))).uid, 4321, 'the data is owned')
    t.equal((await stat(other)).uid, process.getuid?.())
  },
)

t.test('asks before it replaces anything', async (t) => {
  const made = await createAppliance(t)
  await made.backUp(made.file)
  await writeFile(join(made.places.dataDir, 'later.json'), 'later')
  made.answers.push('no')
  await t.rejects(made.restore(made.file), { code: 'NOT_CONFIRMED' })
  const silent = createRestore({ ...made.host, ask: undefined })
  await t.rejects(callCommand(silent, [made.file], made.env), {
    code: 'NOT_CONFIRMED',
    fix: /--yes/,
  })
  t.equal(await readFile(join(made.places.dataDir, 'later.json'), 'utf8'), 'later')
  t.same(made.service.calls, [])
  made.answers.push('yes')
  t.match(await made.restore(made.file), { code: 0 })
})

t.test('replaces a file only when it is told to', async (t) => {
  const made = await createAppliance(t)
  await made.backUp(made.file)
  await t.rejects(made.backUp(made.file), { code: 'FILE_EXISTS', fix: /--force/ })
  t.match(await made.backUp(made.file, '--force'), { code: 0 })
})

t.test('says what a backup lacks', async (t) => {
  const made = await createAppliance(t)
  await made.write(
    '/etc/callbox/config.yaml',
    'web: { tls: { mode: files, cert_file: /etc/ssl/c.pem, key_file: /etc/ssl/k.pem } }',
  )
  const env = { ...made.env, CALLBOX_TURN__PORT: '3479' }
  const { out } = await callCommand(createBackup(made.host), [made.file], env)
  t.match(out, '/etc/ssl/k.pem (web.tls.key_file) is not in it')
  t.match(out, 'CALLBOX_TURN__PORT')
})

t.test('keeps a configuration with a mistake, but restores none', async (t) => {
  const made = await createAppliance(t)
  await made.write('/etc/callbox/config.yaml', 'turn: { prot: 1 }')
  t.match(await made.backUp(made.file), { code: 0 })
  await t.rejects(made.restore(made.file, '--yes'), { code: 'CONFIG_INVALID' })
})

t.test('lets a file that is larger than the disk not fill it', async (t) => {
  const made = await createAppliance(t)
  const file = join(made.places.dataDir, 'holes')
  await writeFile(file, '')
  await truncate(file, 2 ** 42)
  await t.rejects(made.backUp(made.file), {
    code: 'BACKUP_FAILED',
    message: /data\/holes has 4194304 MiB/,
    fix: /TMPDIR/,
  })
})

t.test('copies a database whole while somebody writes to it', async (t) => {
  const made = await createAppliance(t)
  const database = new DatabaseSync(join(made.places.dataDir, 'people.db'))
  t.teardown(() => database.close())
  database.exec('pragma journal_mode = wal; create table people (name text)')
  database.exec("insert into people values ('Ann')")
  await made.backUp(made.file)
  await made.restore(made.file, '--yes')
  const names = await readdir(made.places.dataDir)
  t.same(
    names.filter((name) => name.startsWith('people')),
    ['people.db'],
  )
  const restored = new DatabaseSync(join(made.places.dataDir, 'people.db'))
  t.match(restored.prepare('select name from people').all(), [{ name: 'Ann' }])
  restored.close()
})

t.test('follows no link out of the data directory', async (t) => {
  const made = await createAppliance(t)
  await made.write('/etc/shadow', 'hash')
  await symlink(join(made.host.root, 'etc/shadow'), join(made.places.dataDir, 'link'))
  await symlink(join(made.host.root, 'etc'), join(made.places.dataDir, 'folder'))
  await made.backUp(made.file)
  await made.restore(made.file, '--yes')
  t.same((await readdir(made.places.dataDir)).sort(), ['acme', 'secrets.json'])
})

t.test('takes history along while it is being written', async (t) => {
  const made = await createAppliance(t)
  const folder = join(made.places.dataDir, 'history')
  const clock = { nowMs: MIDNIGHT_MS }
  const log = { info() {}, warn: (facts: object) => t.fail('warned', facts) }
  const open = async (folder: string) => {
    const history = createLongHistory({ folder, recent: () => [], nowMs: () => clock.nowMs, log })
    t.teardown(() => history.close())
    await history.open()
    return history
  }
  let writer = await open(folder)
  const second = () => {
    writer.record(samplePoint(clock.nowMs))
    clock.nowMs += 1000
  }
  for (let count = 0; count < 3600; count += 1) second()
  await writer.close()
  writer = await open(folder)
  let isDone = false
  const backup = made.backUp(made.file).finally(() => {
    isDone = true
  })
  let during = 0
  while (!isDone) {
    for (let count = 0; count < 60; count += 1) second()
    if (clock.nowMs > MIDNIGHT_MS + 7_200_000) clock.nowMs = MIDNIGHT_MS + 3_600_000
    during += 1
    await setImmediate()
  }
  t.match(await backup, { code: 0 })
  t.ok(during > 1)

  const fresh = await createFakeHost(t)
  fresh.service.managed = false
  await mkdir(fresh.places.dataDir, { recursive: true })
  const env = { CALLBOX_CONFIG: fresh.places.config, CALLBOX_DATA_DIR: fresh.places.dataDir }
  t.match(await callCommand(createRestore(fresh.host), [made.file, '--yes'], env), { code: 0 })
  const restored = await open(join(fresh.places.dataDir, 'history'))
  const toMs = MIDNIGHT_MS + 3600 * 1000
  const { points } = await restored.range({ fromMs: MIDNIGHT_MS, toMs, points: 1000 })
  t.equal(points.length, 360)
})
