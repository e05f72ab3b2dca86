import { availableParallelism } from 'node:os'
import type { KernelAdmin } from '#ui'
import { createKernelAdmin } from '../tune/kernel-admin.ts'
import { thisMachine } from '../tune/machine.ts'
import { kernelSettings } from '../tune/settings.ts'
import type { Ground } from './ground.ts'

/** Joins what the page "Kernel" shows and changes; the ports to reserve are those of the start. */
export function assembleKernel({ loaded: { config, source } }: Ground): KernelAdmin {
  return createKernelAdmin({
    machine: thisMachine(),
    settings: kernelSettings(config),
    cores: availableParallelism(),
    ...(source.file === undefined ? {} : { commandOptions: ` --config ${shellWord(source.file)}` }),
  })
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
