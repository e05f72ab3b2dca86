import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { untilReady } from '../guest.ts'
import { READY_WITHIN_MS, type Site } from '../site.ts'
import { layDiskOver, startMachine } from '../virtual-machine.ts'

/** The same disk with the other firmware. */
export const bootsSecurely = (site: Site) => async (t: Test) => {
  await site.shell.run('systemctl poweroff')
  await site.machine.untilOff()
  await site.watch.time('boot by UEFI with Secure Boot, to ready', () => site.boot('secure-boot'))
  t.match(await site.shell.must('dmesg'), /Secure boot enabled/i)
}

/** As VMware shows it by what the OVA says: SATA, vmxnet3, EFI. */
export const bootsFromOva = (site: Site) => async (t: Test) => {
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
