import { join } from 'node:path'
import type { Test } from 'tap'
import { GuestAdmin, untilReady } from '../guest.ts'
import { deriveRelease } from '../releases.ts'
import { bootId, PASSWORD, READY_WITHIN_MS, type Site } from '../site.ts'

const BACKUP = '/var/tmp/before.tar.gz'

/** Secrets, identity and kernel settings outlive a boot. */
export const reboots = (site: Site) => async (t: Test) => {
  const [before, id] = [await bootId(site), await site.shell.must('cat /etc/machine-id')]
  const secrets = await site.shell.must('sha256sum /var/lib/callbox/secrets.json')
  await site.shell.must(`callbox backup ${BACKUP}`)
  await site.shell.fetch(BACKUP, join(site.folder, 'backup.tar.gz'))
  await site.shell.run('systemctl reboot')
  await site.watch.time('reboot, to ready', async () => {
    await untilBootIsNot(site, before)
    await untilReady(READY_WITHIN_MS)
  })
  t.equal(await site.shell.must('cat /etc/machine-id'), id)
  t.equal(await site.shell.must('sha256sum /var/lib/callbox/secrets.json'), secrets)
  t.equal((await site.shell.run('callbox tune --check')).code, 0, 'tuned from the boot on')
  t.ok(await GuestAdmin.logIn(PASSWORD))
}

async function untilBootIsNot(site: Site, before: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (performance.now() < deadline) {
    const { code, out } = await site.shell.run('cat /proc/sys/kernel/random/boot_id')
    if (code === 0 && out !== before) return
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  throw new Error('the guest did not come back')
}

/** A factory reset forgets all; a backup brings it back. */
export const restores = (site: Site) => async (t: Test) => {
  const { shell } = site
  const secret = await shell.must('sha256sum /var/lib/callbox/secrets.json')
  await shell.must('callbox factory-reset --yes')
  await untilReady(READY_WITHIN_MS)
  t.not(await shell.must('sha256sum /var/lib/callbox/secrets.json'), secret, 'new secrets')
  await t.rejects(GuestAdmin.logIn(PASSWORD), 'and no password')
  await shell.send(join(site.folder, 'backup.tar.gz'), '/var/tmp/returned.tar.gz')
  await site.watch.time('restore, to ready', async () => {
    await shell.must('callbox restore --yes /var/tmp/returned.tar.gz')
    await untilReady(READY_WITHIN_MS)
  })
  t.equal(await shell.must('sha256sum /var/lib/callbox/secrets.json'), secret)
  t.ok(await GuestAdmin.logIn(PASSWORD), 'the same password')
}

const currentRelease = async ({ shell }: Site) =>
  (await shell.must('readlink /opt/callbox/current')).trim().split('/').at(-1)

/** A broken release is thrown back, a good one stays. */
export const updates = (site: Site) => async (t: Test) => {
  const { shell, folder, bundle } = site
  const first = await currentRelease(site)
  const good = deriveRelease(bundle, folder, {
    suffix: '00000001',
    file: 'CHANGELOG.md',
    change: (text) => `${text}\n`,
  })
  const broken = deriveRelease(bundle, folder, {
    suffix: '0badbad0',
    file: 'appliance/appliance.ts',
    change: (text) =>
      text.replace(
        'const ground = await openGround',
        'process.exit(3)\n  const ground = await openGround',
      ),
  })
  const update = async ({ archive, sha256 }: { archive: string; sha256: string }) => {
    await shell.send(archive, '/var/tmp/update.tar.zst')
    return shell.run(`callbox update /var/tmp/update.tar.zst --sha256 ${sha256}`)
  }
  const unsigned = await update({ ...good, sha256: '0'.repeat(64) })
  t.not(unsigned.code, 0, 'refuses a bundle that is not the one that was named')
  t.equal(await currentRelease(site), first)

  const bad = await site.watch.time('broken update, until it is rolled back', () => update(broken))
  t.equal(bad.code, 1, bad.out)
  t.match(bad.out + bad.err, /rolled back|back to/i)
  t.equal(await currentRelease(site), first)
  await untilReady(READY_WITHIN_MS)
  t.ok(await GuestAdmin.logIn(PASSWORD), 'and serves as before')

  const fine = await site.watch.time('good update, until it is confirmed', () => update(good))
  t.equal(fine.code, 0, fine.out + fine.err)
  t.equal(await currentRelease(site), good.id)
  t.ok(await GuestAdmin.logIn(PASSWORD))
  const { code, out } = await shell.run('callbox update --status --json')
  t.equal(code, 0)
  t.match(JSON.stringify(JSON.parse(out)), good.id)
}

/** The plug is pulled while a broken release is being tried: the next boot has to find its way back. */
export const survivesPowerLoss = (site: Site) => async (t: Test) => {
  const { shell, folder, bundle } = site
  const before = await currentRelease(site)
  const hanging = deriveRelease(bundle, folder, {
    suffix: '0dead000',
    file: 'appliance/appliance.ts',
    change: (text) =>
      text.replace(
        'const ground = await openGround',
        'await new Promise(() => setInterval(() => 0, 1000))\n  const ground = await openGround',
      ),
  })
  await shell.send(hanging.archive, '/var/tmp/update.tar.zst')
  const update = shell.run(`callbox update /var/tmp/update.tar.zst --sha256 ${hanging.sha256}`)
  const refused = update.then(({ out, err }) => {
    throw new Error(`the update ended: ${out}${err}`)
  })
  refused.catch(() => undefined) // It ends with the power, too.
  await Promise.race([untilCurrentIs(site, hanging.id), refused])
  await shell.must('sync')
  await site.machine.cutPower()
  await update
  await site.watch.time('boot after power loss in an update, to ready with the old release', () =>
    site.boot(),
  )
  t.equal(await currentRelease(site), before)
  t.ok(await GuestAdmin.logIn(PASSWORD))
}

async function untilCurrentIs(site: Site, id: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  while ((await currentRelease(site)) !== id) {
    if (performance.now() > deadline) throw new Error(`${id} never became current`)
  }
}
