import type { Test } from 'tap'
import { ask, GuestAdmin, isOpen, untilReady } from '../guest.ts'
import { guestIp } from '../network.ts'
import { guestName } from '../seed.ts'
import { PASSWORD, READY_WITHIN_MS, type Site, startFacts } from '../site.ts'

/** What cloud-init was given is there, and nobody has a password. */
export const firstBoot = (site: Site) => async (t: Test) => {
  await site.watch.time('first boot with cloud-init, to ready', () => untilReady(READY_WITHIN_MS))
  const { shell } = site
  t.equal(await shell.must('hostname'), `${guestName}\n`)
  t.equal((await shell.run('cloud-init status --wait')).code, 0)
  t.match(await shell.must('systemctl is-system-running --wait || systemctl --failed'), /^running/)
  t.equal((await shell.run('passwd -S root | grep -q " L "')).code, 0, 'root has no password')
  const open = await shell.must('getent shadow | cut -d: -f2 | grep -v "^[!*]" || true')
  t.equal(open, '', 'nobody has one')
  await site.machine.untilConsole(/Set the admin password/)
  t.pass('the serial console shows how to go on')
  t.match(await shell.must('systemctl is-active callbox-console'), /^active/)
  const grown = Number(await shell.must("df --output=size -BM / | tail -1 | tr -dc '0-9'"))
  t.ok(grown > 7000, `the root file system fills the disk: ${grown} MiB`)
}

/** What the units may, and what is open. */
export const security = (site: Site) => async (t: Test) => {
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

/** The set-up link, once. */
export const logsIn = (site: Site) => async (t: Test) => {
  const { setupLink } = await startFacts(site)
  const code = new URL(setupLink).searchParams.get('code') ?? ''
  const admin = await GuestAdmin.setUp(code, PASSWORD)
  const status = (await admin.call('GET', '/api/admin/status')) as { services: { ok: boolean }[] }
  t.ok(status.services.length > 0 && status.services.every(({ ok }) => ok))
  await t.rejects(GuestAdmin.setUp(code, PASSWORD), 'the set-up link works once')
  t.equal((await ask('/api/admin/status')).status, 401, 'and nothing without it')
}
