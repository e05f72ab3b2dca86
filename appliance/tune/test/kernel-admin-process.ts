import process from 'node:process'
import { loadConfig } from '../../config/load.ts'
import { createKernelAdmin } from '../kernel-admin.ts'
import { thisMachine } from '../machine.ts'
import { kernelSettings } from '../settings.ts'

/**
 * What the page "Kernel" does, on the machine this process is on: first with every setting, then with
 * those that the arguments name. Writes what came of each step as JSON.
 */
const names = process.argv.slice(2)
const { config } = await loadConfig({ env: {}, defaultFile: '/nonexistent' })
const all = kernelSettings(config)
const machine = thisMachine()

const whole = createKernelAdmin({ machine, settings: all, cores: 1 })
const refused = { details: await whole.details(), change: await whole.apply() }

const own = all.filter(({ key }) => names.includes(key))
const admin = createKernelAdmin({ machine, settings: own, cores: 1 })
const before = await admin.details()
const [applied, second] = await Promise.all([admin.apply(), admin.apply()])
const between = await admin.details()
const reverted = await admin.revert()
const after = await admin.details()
process.stdout.write(JSON.stringify({ refused, before, applied, second, between, reverted, after }))
