import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
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

/** Everything, as scripts/test-image.sh asks for. */
const all = process.env['CALLBOX_IMAGE_STEPS'] === 'all'

/** How long each thing took, for people. */
const MEASURED = join(import.meta.dirname, '../../dist/image-measured.txt')

const STEPS = [
  ['boots from scratch with what cloud-init is given', firstBoot],
  ['shows strangers only what is meant for them', security],
  ['lets the admin in by the set-up link', logsIn],
  ['relays packets through its TURN server', relays],
  ['holds a call of two browsers', calls],
  ['has the kernel that calls need; tune applies, checks, reverts', tunes],
  ['is the same after a reboot', reboots],
] as const

/** Ten minutes more; that updates go back is proved on a host with systemd in any case. */
const LONG_STEPS = [
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
  for (const [name, step] of all ? [...STEPS, ...LONG_STEPS] : STEPS) {
    await t.test(name, step(site))
    if (site.machine.isOff() || (step === firstBoot && !t.passing())) {
      t.comment(site.machine.consoleText().slice(-3000))
      t.fail(`the guest is of no use after: ${name}`)
      break
    }
  }
  for (const [name] of all ? [] : LONG_STEPS) {
    await t.test(
      name,
      { skip: 'takes long: scripts/test-image.sh tries it' },
      async () => undefined,
    )
  }
  writeFileSync(MEASURED, `${site.watch.rows().join('\n')}\n`)
}

await testOnWire(import.meta.filename, {
  name: 'the image in a virtual machine',
  skip,
  prepare: buildImage,
  run: tryImage,
})
