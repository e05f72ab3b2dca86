import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { TurnRestCredentials } from '#api'
import { hearsTones, startTalkingBrowser } from '../../appliance/test/call-browser.ts'
import { joinCall } from '../../appliance/test/call-people.ts'
import { MICROPHONE_TONES } from '../../appliance/test/tones.ts'
import { needs } from '../test-needs.ts'
import { buildImage } from './build.ts'
import { ask, GuestAdmin, GuestShell, isOpen, untilReady } from './guest.ts'
import { guestIp, type Prepared, testOnWire } from './network.ts'
import { deriveRelease } from './releases.ts'
import { guestName, makeKey, makeSeed } from './seed.ts'
import { Stopwatch } from './stopwatch.ts'
import { layDiskOver, startMachine, type VirtualMachine } from './virtual-machine.ts'

t.setTimeout(3_000_000)

const PASSWORD = 'a long enough passphrase'
const BACKUP = '/var/tmp/before.tar.gz'
/** A guest without KVM takes its time. */
const READY_WITHIN_MS = 300_000

const skip = needs(
  ...(['netns', 'qemu', 'qemu-img', 'ovmf', 'genisoimage', 'ssh'] as const),
  ...(['mmdebstrap', 'zstd', 'chromium', 'coturn', 'worker'] as const),
)

/** All that the steps share; each step leaves the guest running for the next. */
type Site = {
  readonly image: string
  readonly ova: string
  readonly bundle: string
  readonly folder: string
  readonly shell: GuestShell
  readonly watch: Stopwatch
  readonly boot: (firmware?: 'bios' | 'secure-boot') => Promise<void>
  machine: VirtualMachine
}

async function createSite({ image = '', bundle = '', ova = '' }: Prepared): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-image-'))
  const key = makeKey(folder)
  const seed = makeSeed(folder, key)
  const disk = join(folder, 'disk.qcow2')
  layDiskOver(image, disk)
  const watch = new Stopwatch()
  watch.note('image', `${(statSync(image).size / 2 ** 20).toFixed(0)} MiB`)
  const start = (firmware: 'bios' | 'secure-boot') => startMachine({ disk, seed, firmware, folder })
  const site: Site = {
    image,
    bundle,
    ova,
    folder,
    shell: new GuestShell(key),
    watch,
    machine: start('bios'),
    async boot(firmware = 'bios') {
      site.machine = start(firmware)
      await untilReady(READY_WITHIN_MS)
    },
  }
  return site
}

const startFacts = async ({ shell }: Site) =>
  JSON.parse(await shell.must('cat /run/callbox/start.json'))

const bootId = async ({ shell }: Site) => shell.must('cat /proc/sys/kernel/random/boot_id')

const firstBoot = (site: Site) => async (t: Test) => {
  await site.watch.time('first boot with cloud-init, to ready', () => untilReady(READY_WITHIN_MS))
  const { shell } = site
  t.equal(await shell.must('hostname'), `${guestName}\n`)
  t.equal((await shell.run('cloud-init status --wait')).code, 0)
  t.match(await shell.must('systemctl is-system-running --wait || systemctl --failed'), /^running/)
  t.equal((await shell.run('passwd -S root | grep -q " L "')).code, 0, 'root has no password')
  const open = await shell.must('getent shadow | cut -d: -f2 | grep -v "^[!*]" || true')
  t.equal(open, '', 'nobody has one')
  t.match(site.machine.consoleText(), /login:|Callbox/, 'the serial console works')
  t.match(await shell.must('systemctl is-active callbox-console'), /^active/)
  const grown = Number(await shell.must("df --output=size -BM / | tail -1 | tr -dc '0-9'"))
  t.ok(grown > 7000, `the root file system fills the disk: ${grown} MiB`)
}

const security = (site: Site) => async (t: Test) => {
  const { shell } = site
  const units = await shell.must(
    "systemctl show -p FragmentPath --value 'callbox*.service' | sort -u | xargs -n1 basename",
  )
  for (const unit of units.trim().split('\n').filter(Boolean)) {
    const { code, out } = await shell.run(`systemd-analyze security --threshold=30 ${unit}`)
    t.equal(code, 0, `${unit} ${out.trim().split('\n').at(-1)}`)
  }
  const rules = await shell.must('nft list table inet callbox')
  t.match(rules, /policy drop/)
  t.match(await shell.must('ls -ld /var/lib/callbox'), /^drwx------ .* callbox /)
  const plain = await fetch(`http://${guestIp}/admin`, { redirect: 'manual' })
  t.equal(plain.status, 308, 'plain HTTP only sends to HTTPS')
  t.equal(plain.headers.get('location'), `https://${guestIp}/admin`)
  for (const port of [22, 443, 3478, 5349, 8443]) t.ok(await isOpen(port), `${port} is open`)
  for (const port of [8080, 8045, 9999]) t.notOk(await isOpen(port), `${port} is shut`)
}

const logsIn = (site: Site) => async (t: Test) => {
  const { setupLink } = await startFacts(site)
  const code = new URL(setupLink).searchParams.get('code') ?? ''
  const admin = await GuestAdmin.setUp(code, PASSWORD)
  const status = (await admin.call('GET', '/api/admin/status')) as { services: { ok: boolean }[] }
  t.ok(status.services.length > 0 && status.services.every(({ ok }) => ok))
  await t.rejects(GuestAdmin.setUp(code, PASSWORD), 'the set-up link works once')
  t.equal((await ask('/api/admin/status')).status, 401, 'and nothing without it')
}

/** coturn's client, relay to relay: 40 messages each way, none lost. */
const relays = () => async (t: Test) => {
  const admin = await GuestAdmin.logIn(PASSWORD)
  const { username, password } = (await admin.call(
    'POST',
    '/api/admin/turn/credentials',
    {},
  )) as TurnRestCredentials
  for (const [name, flags] of [
    ['UDP', []],
    ['TCP', ['-t']],
    ['TLS', ['-t', '-S', '-p', '5349']],
    ['TLS on the web port', ['-t', '-S', '-p', '443']],
  ] as const) {
    const args = ['-y', '-c', '-n', '40', '-m', '2', '-u', username, '-w', password, ...flags]
    const run = spawnSync('turnutils_uclient', [...args, guestIp], {
      encoding: 'utf8',
      timeout: 120_000,
    })
    const [, sent, received] =
      /tot_send_msgs=(\d+), tot_recv_msgs=(\d+)(?![\s\S]*tot_send_msgs)/.exec(run.stdout) ?? []
    t.ok(Number(sent) > 0, `${name}: ${sent} sent`)
    t.equal(received, sent, `${name}: none lost`)
  }
}

const calls = (site: Site) => async (t: Test) => {
  const admin = await GuestAdmin.logIn(PASSWORD)
  const link = (await admin.call('POST', '/api/admin/join-links', { room: 'standup' })) as {
    url: string
  }
  const browsers = await Promise.all([startTalkingBrowser(), startTalkingBrowser()])
  t.teardown(() => Promise.all(browsers.map((browser) => browser.close())))
  const [ada, ben] = browsers
  await site.watch.time('two browsers in a call through the guest, until both hear', async () => {
    const pages = [
      await joinCall(ada.context, link.url, 'Ada'),
      await joinCall(ben.context, link.url, 'Ben'),
    ]
    for (const page of pages) await hearsTones(page, MICROPHONE_TONES, 60_000)
  })
  const status = (await admin.call('GET', '/api/admin/status')) as { participants: number }
  t.equal(status.participants, 2)
}

const RMEM = 'net.core.rmem_max'

/** The whole machine's kernel, which no namespace lets a test change. */
const tunes = (site: Site) => async (t: Test) => {
  const { shell } = site
  const tuned = await shell.run('callbox tune --check')
  t.equal(tuned.code, 0, tuned.out)
  const value = async (key: string) => (await shell.must(`sysctl -n ${key}`)).trim()
  for (const key of [RMEM, 'net.core.wmem_max', 'net.core.optmem_max']) {
    t.equal(await value(key), '16777216', key)
  }
  t.match(await value('net.ipv4.ip_local_reserved_ports'), /49152-65535/)
  await shell.must(`sysctl -w ${RMEM}=212992`)
  const drifted = await shell.run('callbox tune --check')
  t.equal(drifted.code, 1)
  t.match(drifted.out, `${RMEM}: the kernel has 212992, the file says 16777216`)
  await shell.must('callbox tune --apply')
  t.equal(await value(RMEM), '16777216', 'apply mends drift')
  await shell.must('callbox tune --revert')
  await shell.must(`sysctl -w ${RMEM}=212992 net.core.somaxconn=512`)
  const { settings } = JSON.parse(await shell.must('callbox tune --json'))
  const keys = settings.map(({ key }: { key: string }) => key).join(' ')
  const before = await shell.must(`sysctl ${keys}`)
  await shell.must('callbox tune --apply')
  t.not(await shell.must(`sysctl ${keys}`), before)
  await shell.must('callbox tune --revert')
  t.equal(await shell.must(`sysctl ${keys}`), before, 'revert restores exactly what was before')
  t.equal((await shell.run('test -e /etc/sysctl.d/90-callbox.conf')).code, 1)
  await shell.must('callbox tune --apply')
  t.equal((await shell.run('callbox tune --check')).code, 0)
  const buffers = await shell.must('journalctl -u callbox -b -o cat | grep -c askedBytes || true')
  t.equal(buffers.trim(), '0', 'media and TURN got the buffers that they asked for')
}

const reboots = (site: Site) => async (t: Test) => {
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

const restores = (site: Site) => async (t: Test) => {
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

const updates = (site: Site) => async (t: Test) => {
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
const survivesPowerLoss = (site: Site) => async (t: Test) => {
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

const bootsSecurely = (site: Site) => async (t: Test) => {
  await site.shell.run('systemctl poweroff')
  await site.machine.untilOff()
  await site.watch.time('boot by UEFI with Secure Boot, to ready', () => site.boot('secure-boot'))
  t.match(await site.shell.must('dmesg'), /Secure boot enabled/i)
}

/** As VMware shows it by what the OVA says: SATA, vmxnet3, EFI. */
const bootsFromOva = (site: Site) => async (t: Test) => {
  const facts =
    'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub /var/lib/callbox/secrets.json'
  const first = await site.shell.must(facts)
  await site.machine.cutPower()
  execFileSync('tar', ['-xf', site.ova, '-C', site.folder])
  const [vmdk = ''] = globSync('*.vmdk', { cwd: site.folder })
  const disk = join(site.folder, 'second.qcow2')
  layDiskOver(join(site.folder, vmdk), disk)
  site.machine = startMachine({
    disk,
    seed: join(site.folder, 'seed.iso'),
    firmware: 'secure-boot',
    hardware: 'vmware',
    folder: site.folder,
  })
  await site.watch.time('boot from the OVA, to ready', () => untilReady(READY_WITHIN_MS))
  const second = await site.shell.must(facts)
  for (const line of second.split('\n').filter((text) => text.length > 30)) {
    t.notOk(first.includes(line), 'shares no secret and no identity with the first')
  }
}

const STEPS = [
  ['boots from scratch with what cloud-init is given', firstBoot],
  ['shows strangers only what is meant for them', security],
  ['lets the admin in by the set-up link', logsIn],
  ['relays packets through its TURN server', relays],
  ['holds a call of two browsers', calls],
  ['has the kernel that calls need; tune applies, checks, reverts', tunes],
  ['is the same after a reboot', reboots],
  ['forgets all, and is the same again from a backup', restores],
  ['takes a good update and throws back a broken one', updates],
  ['survives a power loss in an update', survivesPowerLoss],
  ['boots by UEFI with Secure Boot', bootsSecurely],
  ['boots from the OVA, and shares nothing secret with the first', bootsFromOva],
] as const

async function tryImage(t: Test, prepared: Prepared): Promise<void> {
  const site = await createSite(prepared)
  t.teardown(async () => {
    await site.machine.cutPower()
    await rm(site.folder, { recursive: true, force: true })
  })
  for (const [name, step] of STEPS) {
    await t.test(name, step(site))
    if (site.machine.isOff() || (step === firstBoot && !t.passing())) {
      t.comment(site.machine.consoleText().slice(-3000))
      t.fail(`the guest is of no use after: ${name}`)
      break
    }
  }
  for (const row of site.watch.rows()) t.comment(row)
}

await testOnWire(import.meta.filename, {
  name: 'the image in a virtual machine',
  skip,
  prepare: buildImage,
  run: tryImage,
})
