import type { KernelDetails, KernelSetting } from '#api'
import type { KernelAdmin, KernelChange } from '#ui'
import { ApplianceError } from '../errors.ts'
import { OWN_COMMAND } from '../own-command.ts'
import { applySettings, blockedRows } from './apply.ts'
import type { Machine } from './machine.ts'
import { tuningNotes } from './notes.ts'
import { makePlan, type Plan, type PlanRow } from './plan.ts'
import { explainBlocked } from './refusal.ts'
import { revertSettings } from './revert.ts'
import type { Setting } from './settings.ts'
import { isOurs, OUR_FILE } from './sysctl-files.ts'
import { recommendedText, satisfies } from './value.ts'

/** What the page "Kernel" sees the machine through. */
export type KernelAdminOptions = Readonly<{
  machine: Machine
  settings: readonly Setting[]
  cores: number
  /** What the command line is to be given besides, such as the file of the configuration. */
  commandOptions?: string
}>

/** Shows the kernel's settings to the pages; changes them by the functions of `callbox tune`. */
export function createKernelAdmin(options: KernelAdminOptions): KernelAdmin {
  const { machine, settings } = options
  let changing: Promise<KernelChange> | undefined
  const once = (change: () => Promise<string>): Promise<KernelChange> => {
    if (changing !== undefined) return Promise.resolve({ ok: false, isBusy: true, message: BUSY })
    changing = tryTo(change).finally(() => {
      changing = undefined
    })
    return changing
  }
  return {
    details: () => describe(options),
    apply: () =>
      once(async () => {
        const whole = { partial: false, nextBoot: false }
        const { changed } = await applySettings(machine, settings, whole)
        return `${count(changed.length)} changed and read back. Sockets that are open keep the buffers they have: restart Callbox to use the new ones.`
      }),
    revert: () =>
      once(async () => {
        const { restored, unknown } = await revertSettings(machine, settings)
        const left =
          unknown.length > 0 ? ` Until the next boot these stay: ${unknown.join(', ')}.` : ''
        return `${count(restored.length)} ${restored.length === 1 ? 'has its' : 'have their'} value of before.${left}`
      }),
  }
}

const BUSY = 'The settings are being changed at this moment. Wait until that is done.'

async function tryTo(change: () => Promise<string>): Promise<KernelChange> {
  try {
    return { ok: true, message: await change() }
  } catch (error) {
    return { ok: false, isBusy: false, message: refusalOf(error) }
  }
}

async function describe(options: KernelAdminOptions): Promise<KernelDetails> {
  const { machine, settings, cores, commandOptions = '' } = options
  const plan = await makePlan(machine, settings).catch(refusalOf)
  const obstacle = typeof plan === 'string' ? plan : obstacleTo(machine, plan)
  const command = `sudo ${OWN_COMMAND} tune${commandOptions}`
  return {
    settings: typeof plan === 'string' ? [] : plan.rows.map(settingOf),
    mayApply: obstacle === undefined,
    obstacle,
    isApplied: typeof plan === 'string' || isApplied(plan),
    file: OUR_FILE,
    applyCommand: `${command} --apply`,
    revertCommand: `${command} --revert`,
    notes: await tuningNotes(machine, settings, cores),
  }
}

function isApplied({ originals, fileText }: Plan): boolean {
  return originals !== undefined || isOurs(fileText ?? '')
}

/** What an operator has to mend before anything can be told; anything else is a bug. */
function refusalOf(error: unknown): string {
  if (!(error instanceof ApplianceError)) throw error
  return `${error.message} ${error.fix}`
}

/** Why this process may not change the settings; `undefined` when it may. */
function obstacleTo(machine: Machine, { rows }: Plan): string | undefined {
  if (!machine.isRoot) {
    return 'This service does not run as root, and so cannot change the kernel. Run the command on the machine.'
  }
  const blocked = blockedRows(rows)
  if (blocked.length === 0) return undefined
  const { message, fix } = explainBlocked(blocked)
  return `${message} ${fix}`
}

function settingOf({ setting, current, verdict }: PlanRow): KernelSetting {
  const { key, wanted, why } = setting
  return {
    key,
    present: current,
    wanted: wantedText(wanted),
    state: stateOf(verdict, current !== undefined && satisfies(wanted, current)),
    reason: why,
  }
}

function stateOf(verdict: PlanRow['verdict'], isGood: boolean): KernelSetting['state'] {
  if (verdict === 'hidden') return 'hidden'
  return isGood || verdict === 'notLoaded' ? 'ok' : 'differs'
}

function wantedText(wanted: Setting['wanted']): string {
  const text = recommendedText(wanted)
  if (wanted.rule === 'atLeast') return `at least ${text}`
  return wanted.rule === 'atMost' ? `at most ${text}` : text
}

function count(settings: number): string {
  return settings === 1 ? '1 setting' : `${settings} settings`
}
