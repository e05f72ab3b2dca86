import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rename, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadSecrets, readSecrets } from '../data-dir.ts'
import { factoryReset } from '../lifecycle/factory-reset.ts'
import { callCommand } from '../lifecycle/test/call-command.ts'
import { createInstalledHost, OLD } from '../lifecycle/test/releases.ts'
import { createFactoryReset } from './factory-reset.ts'

/** An installed appliance with secrets of its own; its start makes new ones, as the real one does. */
async function createAppliance(t: Test) {
  const made = await createInstalledHost(t)
  const { host, places, service } = made
  const templates = `/opt/callbox/releases/${OLD}/scripts/install`
  await made.write(`${templates}/config.yaml`, '# of the host\n')
  await made.write(`${templates}/config-image.yaml`, '# of the image\n')
  await made.write('/etc/callbox/tls/key.pem', 'key')
  await made.write('/etc/callbox/update-keys/publisher.pub', 'key')
  await made.write('/etc/callbox/firewall.env', 'FIREWALL_OPTIONS=--ssh')
  await made.write('/var/lib/callbox-update/backups/before-update.tar.gz', 'secrets')
  await made.write('/var/lib/callbox-update/callbox-support-calls-1.tar.gz', 'addresses')
  await mkdir(join(host.root, 'var/lib/.callbox-restore-cut-short'))
  const { secrets } = await loadSecrets(places.dataDir)
  service.comesTo = async () => {
    await loadSecrets(places.dataDir)
    await made.write(
      '/run/callbox/start.json',
      '{"setupLink":"https://calls-1/admin/setup?code=new"}',
    )
    return 'ready'
  }
  return {
    ...made,
    secrets,
    run: (...args: string[]) => callCommand(createFactoryReset(host), args),
  }
}

t.test('leaves nothing of before but the keys of updates, and has new secrets', async (t) => {
  const made = await createAppliance(t)
  made.answers.push('calls-1')
  const { code, out } = await made.run()
  t.equal(code, 0)
  t.match(out, /Set the admin password: https:\/\/calls-1\/admin\/setup\?code=new/)
  t.same(made.service.calls, ['stop', 'restart'])
  const secrets = await readSecrets(made.places.dataDir)
  t.not(secrets?.turnStaticAuthSecret, made.secrets.turnStaticAuthSecret)
  t.same(await readdir(made.places.dataDir), ['secrets.json'])
  t.equal((await stat(made.places.dataDir)).mode & 0o777, 0o700)
  t.equal(await readFile(made.places.config, 'utf8'), '# of the host\n')
  t.same(
    (await readdir(made.places.configDir)).sort(),
    ['config.yaml', 'firewall.env', 'update-keys'],
    'SSH stays as open as it was',
  )
  t.same((await readdir(join(made.host.root, 'var/lib'))).sort(), ['callbox', 'callbox-update'])
  t.same(await readdir(made.places.updateDir), ['lock'])
})

t.test('empties the data directory where a link leads', async (t) => {
  const made = await createAppliance(t)
  const other = join(made.host.root, 'srv/callbox')
  await mkdir(join(made.host.root, 'srv'))
  await rename(made.places.dataDir, other)
  await symlink(other, made.places.dataDir)
  t.match(await made.run('--yes'), { code: 0 })
  t.same(await readdir(other), ['secrets.json'])
  const secrets = await readSecrets(other)
  t.not(secrets?.turnStaticAuthSecret, made.secrets.turnStaticAuthSecret)
})

const isRoot = process.getuid?.() === 0

t.test(
  'empties a data directory that is a file system of its own',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const made = await createAppliance(t)
    execFileSync('mount', ['--bind', made.places.dataDir, made.places.dataDir])
    t.teardown(() => execFileSync('umount', [made.places.dataDir]))
    t.match(await made.run('--yes'), { code: 0 })
    t.same(await readdir(made.places.dataDir), ['secrets.json'])
    const secrets = await readSecrets(made.places.dataDir)
    t.not(secrets?.turnStaticAuthSecret, made.secrets.turnStaticAuthSecret)
  },
)

t.test('says how far it came when it cannot go on', async (t) => {
  const made = await createAppliance(t)
  const makeHostKeys = async () => Promise.reject(new Error('ENOSPC: no space left on device'))
  await made.write('/etc/callbox/.template', 'config-image.yaml\n')
  await t.rejects(factoryReset(made.host, { step: () => {}, limitMs: 1000, makeHostKeys }), {
    code: 'RESET_FAILED',
    message: /no space left.*is stopped/,
    fix: /again/,
  })
})

t.test('makes new SSH host keys in the image only', async (t) => {
  const made = await createAppliance(t)
  const roots: string[] = []
  const makeHostKeys = async (root: string) => void roots.push(root)
  const options = { step: () => {}, limitMs: 1000, makeHostKeys }
  await factoryReset(made.host, options)
  t.same(roots, [])
  await made.write('/etc/callbox/.template', 'config-image.yaml\n')
  await factoryReset(made.host, options)
  t.same(roots, [made.host.root])
  t.equal(await readFile(made.places.config, 'utf8'), '# of the image\n')
})

t.test('changes nothing before the host name is typed', async (t) => {
  const made = await createAppliance(t)
  made.answers.push('yes')
  await t.rejects(made.run(), { code: 'NOT_CONFIRMED', fix: /calls-1/ })
  const silent = createFactoryReset({ ...made.host, ask: undefined })
  await t.rejects(callCommand(silent, []), { code: 'NOT_CONFIRMED', fix: /--yes/ })
  const nobody = createFactoryReset({ ...made.host, isRoot: false })
  await t.rejects(callCommand(nobody, ['--yes']), { code: 'NEEDS_ROOT' })
  t.same(await readSecrets(made.places.dataDir), made.secrets)
  t.same(made.service.calls, [])
})

t.test('changes nothing without a template', async (t) => {
  const made = await createAppliance(t)
  await made.write('/etc/callbox/.template', '../../../etc/passwd\n')
  await t.rejects(made.run('--yes'), { code: 'RESET_FAILED' })
  t.same(await readSecrets(made.places.dataDir), made.secrets)
})

t.test('tells programs how it ended', async (t) => {
  const made = await createAppliance(t)
  const { out } = await made.run('--yes', '--json')
  t.match(JSON.parse(out), { ok: true, setupLink: /code=new/ })
  made.service.comesTo = async () => 'fails'
  t.match(await made.run('--yes'), { code: 1, out: /not ready: it ended/ })
})
