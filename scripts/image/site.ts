import { statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuestShell, untilReady } from './guest.ts'
import type { Prepared } from './network.ts'
import { makeKey, makeSeed } from './seed.ts'
import { Stopwatch } from './stopwatch.ts'
import { layDiskOver, startMachine, type VirtualMachine } from './virtual-machine.ts'

/** The admin's, once it is set. */
export const PASSWORD = 'a long enough passphrase'

/** A guest without KVM takes its time. */
export const READY_WITHIN_MS = 300_000

/** All that the steps share; each step leaves the guest running for the next. */
export type Site = {
  readonly image: string
  readonly ova: string
  readonly bundle: string
  readonly folder: string
  readonly shell: GuestShell
  readonly watch: Stopwatch
  readonly boot: (firmware?: 'bios' | 'secure-boot') => Promise<void>
  machine: VirtualMachine
}

/** Starts the guest from its first boot on. */
export async function createSite({
  image = '',
  bundle = '',
  ova = '',
  built = 'image given',
}: Prepared): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-image-'))
  const key = makeKey(folder)
  const seed = makeSeed(folder, key)
  const disk = join(folder, 'disk.qcow2')
  layDiskOver(image, disk)
  const watch = new Stopwatch()
  watch.note('build', built)
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

/** What the start left for the console. */
export const startFacts = async ({ shell }: Site) =>
  JSON.parse(await shell.must('cat /run/callbox/start.json'))

/** Another one after each boot. */
export const bootId = async ({ shell }: Site) => shell.must('cat /proc/sys/kernel/random/boot_id')
