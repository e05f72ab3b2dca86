import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { bootDebian, type DebianGuest, ownSuite } from '../../scripts/test/debian-guest.ts'
import { needs } from '../../scripts/test-needs.ts'
import {
  breakReadiness,
  breakSecrets,
  breakStart,
  buildRelease,
  packLater,
} from './test/built-bundles.ts'

t.setTimeout(800_000)
const run = promisify(execFile)
const suite = ownSuite()
const skip =
  needs('netns', 'worker', 'mmdebstrap', 'nspawn', 'minisign', 'zstd') ||
  (suite === undefined && 'needs Debian 12 or 13: its mirror and its C library')

/** A host with a release on it, and bundles of later ones in /media, signed by a key that it knows. */
async function createSite(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-update-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const first = await buildRelease(folder)
  const ids = {
    first: first.id,
    second: await packLater(first, 'second', { version: '7.0.0' }),
    third: await packLater(first, 'third', { version: '8.0.0' }),
    broken: await packLater(first, 'broken', { version: '9.0.0', change: breakStart }),
    spoiler: await packLater(first, 'spoiler', { version: '9.2.0', change: breakSecrets }),
    unready: await packLater(first, 'unready', { version: '9.1.0', change: breakReadiness }),
  }
  const key = ['-p', join(folder, 'publisher.pub'), '-s', join(folder, 'publisher.key')]
  await run('minisign', ['-G', '-W', ...key])
  for (const name of ['second', 'third', 'broken', 'spoiler', 'unready']) {
    const bundle = join(folder, `${name}.tar.zst`)
    await run('minisign', [
      '-S',
      ...key.slice(2),
      '-m',
      bundle,
      '-t',
      ids[name as keyof typeof ids],
    ])
  }
  const guest = await bootDebian(suite ?? 'bookworm', folder)
  t.teardown(guest.close)
  await guest.sh('sh /media/first/scripts/install.sh')
  const callbox = (...args: string[]) => guest.exec('callbox', ...args)
  return { guest, ids, folder, callbox, before: await secrets(guest) }
}

/** The release whose Node the service's process is. */
const runs = (guest: DebianGuest) =>
  guest.sh('readlink /proc/$(systemctl show -p MainPID --value callbox)/exe | cut -d / -f 5')

const isReady = (guest: DebianGuest) =>
  guest.sh(
    `/opt/callbox/current/node_modules/node-linux-*/bin/node -e 'fetch("http://127.0.0.1:8080/readyz").then(async (r) => console.log(r.status))'`,
  )

const secrets = (guest: DebianGuest) => guest.sh('cat /var/lib/callbox/secrets.json')

type Site = Awaited<ReturnType<typeof createSite>>

const status = async ({ callbox }: Site) =>
  JSON.parse((await callbox('update', '--status', '--json')).out)

/** What is tried on one host, in this order. */
const steps: Readonly<Record<string, (t: Test, site: Site) => Promise<void>>> = {
  async 'takes no update before its signer is known'(t, { guest, callbox, folder }) {
    const refused = await callbox('update', '/media/second.tar.zst')
    t.match(refused, { status: 1, err: /no key in \/etc\/callbox\/update-keys/ })
    await guest.sh('mkdir -p /etc/callbox/update-keys')
    const keys = join(guest.root, 'etc/callbox/update-keys')
    await copyFile(join(folder, 'publisher.pub'), join(keys, 'publisher.pub'))
  },

  async 'updates to a signed release'(t, site) {
    const { guest, callbox, ids } = site
    const updated = await callbox('update', '/media/second.tar.zst')
    t.equal(updated.status, 0, `${updated.out}${updated.err}`)
    t.match(updated.out, /is ready. It took \d+ s/)
    t.comment(updated.out)
    t.equal(await runs(guest), `${ids.second}\n`)
    t.equal(await isReady(guest), '200\n')
    t.equal(await secrets(guest), site.before)
    const { current, previous, pending } = await status(site)
    t.match(
      { current, previous, pending },
      { current: { id: ids.second }, previous: ids.first, pending: null },
    )
  },

  async 'goes back from a release whose start fails'(t, { guest, callbox, ids }) {
    const { status: code, err } = await callbox('update', '/media/broken.tar.zst')
    t.equal(code, 1)
    t.match(err, /it ended 2 times by itself.*this one is broken.*runs again, and is ready/s)
    t.equal(await runs(guest), `${ids.second}\n`)
    t.equal(await isReady(guest), '200\n')
  },

  async 'goes back from a release that is never ready'(t, site) {
    const { guest, callbox, ids } = site
    const bundle = '/media/unready.tar.zst'
    const { status: code, err } = await callbox('update', bundle, '--timeout', '15')
    t.equal(code, 1)
    t.match(err, /it was not ready: relay \(this one is broken\) within 15 s/)
    t.equal(await runs(guest), `${ids.second}\n`)
    t.match((await status(site)).history.at(-1), { to: ids.unready, outcome: 'rolledBack' })
  },

  async 'the watch confirms a good release when the updater is killed after the switch'(t, site) {
    const { guest, ids } = site
    await killAfterSwitch(site, 'third')
    t.equal(await runs(guest), `${ids.third}\n`)
    t.equal(await isReady(guest), '200\n')
    t.match((await status(site)).history.at(-1), { to: ids.third, outcome: 'confirmed' })
  },

  async 'the watch goes back from a bad release when the updater is killed'(t, site) {
    const { guest, ids } = site
    await killAfterSwitch(site, 'broken')
    t.equal(await runs(guest), `${ids.third}\n`)
    t.equal(await isReady(guest), '200\n')
    t.match((await status(site)).history.at(-1), { to: ids.broken, outcome: 'rolledBack' })
    t.equal(await guest.sh('systemctl --failed --no-legend'), '')
  },

  async 'the watch restores the data that a bad release has spoilt'(t, site) {
    const { guest, ids } = site
    await killAfterSwitch(site, 'spoiler')
    t.equal(await runs(guest), `${ids.third}\n`)
    t.equal(await isReady(guest), '200\n')
    t.equal(await secrets(guest), site.before)
    const said = await guest.sh('journalctl -u callbox-update-watch --no-pager -o cat')
    t.match(said, /The data of before the update was restored; what it replaced is in/)
  },

  async 'switches back by hand'(t, { guest, callbox, ids }) {
    t.match(await callbox('update', '--rollback'), { status: 0 })
    t.equal(await runs(guest), `${ids.second}\n`)
  },

  async 'has its secrets again from a backup after a factory reset'(t, { guest, callbox, before }) {
    const file = '/var/tmp/callbox.tar.gz'
    t.match(await callbox('backup', file), { status: 0 })
    const reset = await callbox('factory-reset', '--yes')
    t.match(reset, { status: 0, out: /admin\/setup\?code=/ })
    t.not(await secrets(guest), before)
    const restored = await callbox('restore', file, '--yes')
    t.match(restored, { status: 0, out: /Restored; the appliance is ready/ })
    t.equal(await secrets(guest), before)
    const owners =
      'cd /var/lib/callbox && stat -c "%U:%G %a" . secrets.json /etc/callbox/config.yaml'
    t.equal(await guest.sh(owners), 'callbox:callbox 700\ncallbox:callbox 600\nroot:callbox 640\n')
    t.equal(await isReady(guest), '200\n')
    await guest.sh(`rm ${file}`)
  },

  async 'the support file has the journal, and no secret'(t, { guest, callbox, before }) {
    t.match(await callbox('support', '/var/tmp/support.tar.gz'), { status: 0 })
    const listed = await guest.sh('cd /var/tmp && tar -xzvf support.tar.gz')
    t.match(listed, /journal\.txt.*unit-security\.txt/s)
    const { turnStaticAuthSecret, livekit, adminApiToken } = JSON.parse(before)
    for (const secret of [turnStaticAuthSecret, livekit.secret, adminApiToken]) {
      t.match(await guest.exec('grep', '-rlF', '-e', secret, '/var/tmp'), { out: '' })
    }
    const journal = await guest.sh('cat /var/tmp/callbox-support-*/journal.txt')
    t.match(journal, '"msg":"ready"')
    t.notMatch(journal, /setup\?code=(?!\[redacted\])|eyJ[\w-]{8}/)
  },
}

/** Kills the updater as soon as the link is set, and resolves when the watch has done its work. */
async function killAfterSwitch(
  { guest, callbox, ids }: Site,
  name: 'third' | 'broken' | 'spoiler',
) {
  const ended = callbox('update', `/media/${name}.tar.zst`)
  const switched = `until [ "$(readlink /opt/callbox/current)" = releases/${ids[name]} ]; do :; done`
  const killed = guest.sh(
    `timeout 300 sh -c '${switched}' && pkill -KILL -f '[m]ain.ts update /media'`,
  )
  const silent = ended.then(({ out, err }) => {
    if (err !== '') throw new Error(`the update ended by itself: ${out}${err}`)
  })
  await Promise.all([killed, silent])
  // It starts no other watch as long as this one runs, and none can update as long as it has the lock.
  const busy =
    '[ -e /var/lib/callbox-update/pending.json ] || systemctl is-active -q callbox-update-watch'
  await guest.sh(`while ${busy}; do sleep 0.2; done`)
}

t.test(`on ${suite}, with its own systemd`, { skip }, async (t) => {
  const site = await createSite(t)
  for (const [name, step] of Object.entries(steps)) await t.test(name, (t) => step(t, site))
})
