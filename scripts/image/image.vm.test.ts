import { rm } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { needs } from '../test-needs.ts'
import { buildImage } from './build.ts'
import { type Prepared, testOnWire } from './network.ts'
import { createSite } from './site.ts'
import { calls, relays } from './steps/calls.ts'
import { firstBoot, logsIn, security } from './steps/first-boot.ts'
import { tunes } from './steps/kernel.ts'
import { reboots, restores, survivesPowerLoss, updates } from './steps/lifecycle.ts'
import { bootsFromOva, bootsSecurely } from './steps/other-boots.ts'

t.setTimeout(3_000_000)

const skip = needs(
  ...(['netns', 'qemu', 'qemu-img', 'ovmf', 'genisoimage', 'ssh'] as const),
  ...(['mmdebstrap', 'zstd', 'chromium', 'coturn', 'worker'] as const),
)

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
