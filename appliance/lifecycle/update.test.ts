import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createUpdate } from '../cli/update.ts'
import { callCommand } from './test/call-command.ts'
import type { Start } from './test/fake-host.ts'
import {
  createInstalledHost,
  EARLIER,
  installRelease,
  NEW,
  OLD,
  packRelease,
  releaseFiles,
} from './test/releases.ts'
import { withUpdateLock } from './update-lock.ts'

/** A host with a release, a bundle of another one, and the command. */
async function createHost(t: Test, bundle = packRelease(NEW)) {
  const made = await createInstalledHost(t)
  const file = join(made.host.root, 'bundle.tar.zst')
  await writeFile(file, bundle)
  const sha256 = createHash('sha256').update(bundle).digest('hex')
  const command = createUpdate(made.host, () => t.fail('becomes another program'))
  const run = (...args: string[]) => callCommand(command, args)
  const current = async () => (await readlink(made.places.current)).slice('releases/'.length)
  return {
    ...made,
    file,
    sha256,
    run,
    current,
    update: (...args: string[]) => run(file, '--sha256', sha256, ...args),
    status: async () => JSON.parse((await run('--status', '--json')).out),
    only:
      (id: string): Start =>
      async () =>
        (await current()) === id ? 'ready' : 'silent',
  }
}

t.test('installs a release beside the present one and switches to it', async (t) => {
  const made = await createHost(t)
  const { code, out } = await made.update()
  t.equal(code, 0)
  t.match(out, /Unpacking.*media worker.*Backing up.*Switching.*Restarting.*Confirming/s)
  t.equal(await made.current(), NEW)
  t.same(await readdir(made.places.releases), [OLD, NEW])
  t.same(made.service.calls, ['startWatch', 'restart'])
  t.match(await made.status(), {
    current: { id: NEW, version: '1.1.0' },
    previous: OLD,
    pending: null,
    history: [{ from: OLD, to: NEW, outcome: 'confirmed' }],
  })
  t.match((await readdir(made.places.backups))[0], /^before-update-callbox-calls-1-.*\.tar\.gz$/)
  t.match(await made.update(), { code: 0, out: 'what runs already; nothing was changed' })
})

t.test('goes back when the new release does not become ready, with reason and log', async (t) => {
  const made = await createHost(t)
  made.service.comesTo = made.only(OLD)
  await t.rejects(made.update(), {
    code: 'UPDATE_ROLLED_BACK',
    message: /did not answer within 120 s.*last line of the journal.*1\.0\.0-0000000a runs again/s,
  })
  t.equal(await made.current(), OLD)
  t.match(await made.status(), {
    pending: null,
    history: [{ outcome: 'rolledBack', reason: 'it did not answer within 120 s' }],
  })
  t.match((await made.run('--status')).out, /gone back: it did not answer/)
  t.equal(await readFile(join(made.places.dataDir, 'data.json'), 'utf8'), 'of before')
})

t.test('goes back early from a release that ends again and again', async (t) => {
  const made = await createHost(t)
  made.service.comesTo = async () => ((await made.current()) === OLD ? 'ready' : 'fails')
  await t.rejects(made.update(), { message: /it ended 2 times by itself/ })
  t.equal(await made.current(), OLD)
})

t.test('goes back from a release that never says that it has started', async (t) => {
  const made = await createHost(t)
  made.service.comesTo = async () => ((await made.current()) === OLD ? 'ready' : 'hangs')
  await t.rejects(made.update('--timeout', '60'), { message: /did not become active within 60 s/ })
  t.equal(await made.current(), OLD)
})

t.test(
  'restores the data when the earlier release cannot use what the later one left',
  async (t) => {
    const made = await createHost(t)
    const data = join(made.places.dataDir, 'data.json')
    made.service.comesTo = async () => {
      if ((await made.current()) === NEW) await writeFile(data, 'of the new release')
      return (await readFile(data, 'utf8')) === 'of before' ? 'ready' : 'silent'
    }
    await t.rejects(made.update(), {
      code: 'UPDATE_ROLLED_BACK',
      message: /data of before the update was restored; what it replaced is in .*before-restore/,
    })
    t.equal(await readFile(data, 'utf8'), 'of before')
  },
)

t.test('says so when not even the earlier release becomes ready', async (t) => {
  const made = await createHost(t)
  made.service.comesTo = async () => 'notReady'
  await t.rejects(made.update(), { code: 'UPDATE_FAILED', message: /current again, and not ready/ })
  t.match(await made.status(), { pending: null, history: [{ outcome: 'failed' }] })
})

t.test('does not ask for what was not ready before either', async (t) => {
  const made = await createHost(t)
  made.service.comesTo = async () => 'notReady'
  await made.service.restart()
  t.match(await made.update(), { code: 0 })
})

t.test('switches back by hand, and forth again', async (t) => {
  const made = await createHost(t)
  await t.rejects(made.run('--rollback'), { message: /no previous release/ })
  await made.update()
  t.match(await made.run('--rollback'), { code: 0, out: `${OLD} runs` })
  t.equal(await made.current(), OLD)
  t.match(await made.run('--rollback', '--json'), { code: 0 })
  t.equal(await made.current(), NEW)
})

t.test('keeps three releases', async (t) => {
  const made = await createHost(t)
  const others = [EARLIER, '0.8.0-0000000d', '0.7.0-0000000e']
  for (const id of others) await installRelease(made.places.releases, id)
  await mkdir(join(made.places.releases, '2.0.0-00000000.new'))
  await made.update()
  const kept = await readdir(made.places.releases)
  t.equal(kept.length, 3)
  t.ok(kept.includes(OLD) && kept.includes(NEW))
})

t.test('refuses an earlier version unless it is told to take it', async (t) => {
  const made = await createHost(t, packRelease(EARLIER))
  await t.rejects(made.update(), { code: 'UPDATE_DOES_NOT_FIT', fix: /--rollback/ })
  t.same(await readdir(made.places.releases), [OLD], 'leaves nothing')
  t.match(await made.update('--allow-downgrade'), { code: 0 })
})

const misfits: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
  'whose media worker does not start': [
    { 'mediasoup-worker': '#!/bin/sh\necho no libuv >&2; exit 127\n' },
    /does not start here \(127\): no libuv/,
  ],
  'that refuses the configuration': [
    {
      [`node_modules/node-linux-${process.arch}/bin/node`]:
        '#!/bin/sh\necho "turn.port is gone"; exit 1\n',
    },
    /refuses the configuration.*turn\.port is gone/,
  ],
  'of another processor': [
    { 'release.json': releaseFiles(NEW)['release.json']?.replace(process.arch, 'riscv64') ?? '' },
    /is for riscv64/,
  ],
}

for (const [what, [changes, message]] of Object.entries(misfits)) {
  t.test(`refuses a release ${what}, before anything is switched`, async (t) => {
    const made = await createHost(t, packRelease(NEW, releaseFiles(NEW, changes)))
    await t.rejects(made.update(), { code: 'UPDATE_DOES_NOT_FIT', message })
    t.same(await readdir(made.places.releases), [OLD])
    t.same(made.service.calls, [])
  })
}

t.test('trusts nothing by default', async (t) => {
  const made = await createHost(t)
  await t.rejects(made.run(made.file), { code: 'UPDATE_UNTRUSTED', fix: /--sha256/ })
  await t.rejects(made.run(made.file, '--sha256', '0'.repeat(64)), { code: 'UPDATE_UNTRUSTED' })
  t.same(made.service.calls, [])
})

t.test('says when a release brings other units than are installed', async (t) => {
  const units = {
    'scripts/install/units/callbox.service': 'new',
    'scripts/install/callbox.sh': 'same',
  }
  const made = await createHost(t, packRelease(NEW, { ...releaseFiles(NEW), ...units }))
  const unit = '/etc/systemd/system/callbox.service'
  await made.write('/usr/local/bin/callbox', 'same')
  t.match(await made.update(), { out: /Units: .*callbox\.service.*install\.sh/ }, 'it is missing')
  await made.write(unit, 'new')
  t.notMatch((await made.run('--rollback')).out, 'Units')
  t.notMatch((await made.run('--rollback')).out, 'Units')
  await made.write(unit, 'old')
  await made.run('--rollback')
  t.match(await made.run('--rollback'), { out: /Units: .*callbox\.service.*install\.sh/ })
  t.match(await made.status(), { unitsDiffer: ['callbox.service'] })
})

t.test('refuses a second update while one is under way', async (t) => {
  const made = await createHost(t)
  await withUpdateLock(made.places, { wait: false }, async () => {
    await t.rejects(made.update(), { code: 'UPDATE_BUSY' })
  })
  t.match(await made.update(), { code: 0 })
})

t.test('is for root, and for installed appliances that systemd runs', async (t) => {
  const made = await createHost(t)
  made.service.managed = false
  await t.rejects(made.update(), { code: 'UPDATE_FAILED', message: /that systemd runs/ })
  const nobody = createUpdate({ ...made.host, isRoot: false }, () => {})
  await t.rejects(callCommand(nobody, [made.file]), { code: 'NEEDS_ROOT' })
  await rm(made.places.current)
  await t.rejects(made.update(), { code: 'NOT_INSTALLED' })
  t.match(await made.run('--status'), { code: 0, out: /current {4}none/ })
})
