import { availableParallelism } from 'node:os'
import { type Applied, applySettings } from '../tune/apply.ts'
import { findDrift } from '../tune/drift.ts'
import { type Machine, thisMachine } from '../tune/machine.ts'
import { tuningNotes } from '../tune/notes.ts'
import { makePlan } from '../tune/plan.ts'
import { hostCommand } from '../tune/refusal.ts'
import { type Reverted, revertSettings } from '../tune/revert.ts'
import { kernelSettings, type Setting } from '../tune/settings.ts'
import { OUR_FILE } from '../tune/sysctl-files.ts'
import {
  type Command,
  configOptions,
  type Given,
  jsonOption,
  loadGivenConfig,
  UsageError,
} from './command.ts'
import { type CliIo, writeJson } from './io.ts'
import { rowFacts, tuneTable } from './tune-table.ts'

const ACTIONS = ['apply', 'revert', 'check'] as const

type Job = Readonly<{ given: Given; io: CliIo; machine: Machine; settings: readonly Setting[] }>

/** `callbox tune`: the kernel settings that calls need. */
export const tune: Command = createTune(thisMachine())

/** Makes the command for a machine; tests have one in a folder. */
export function createTune(machine: Machine): Command {
  return {
    name: 'tune',
    summary: 'show the kernel settings that calls need, apply them, take them back',
    details:
      `Without an option it shows what is, what is recommended, what --apply would leave, and why. All are in\n` +
      `${OUR_FILE}. A value that is better already is never lowered.\n` +
      'Exit code 1: --check found something, or nothing could be done.',
    options: [
      { name: 'apply', help: 'write the file and set the values, remembering what was before' },
      { name: 'revert', help: 'set what was before, and remove the file' },
      { name: 'check', help: 'compare file, kernel and recommendation' },
      { name: 'partial', help: 'with --apply: set what can be set here, name the rest' },
      {
        name: 'next-boot',
        help: 'with --apply: write the file only, for an image or a chroot',
      },
      ...configOptions,
      jsonOption,
    ],
    async run(given, io) {
      const action = chosenAction(given)
      const { config } = await loadGivenConfig(given, io)
      const job = { given, io, machine, settings: kernelSettings(config) }
      if (action === 'apply') return runApply(job)
      if (action === 'revert') return runRevert(job)
      return action === 'check' ? runCheck(job) : runShow(job)
    },
  }
}

function chosenAction(given: Given): (typeof ACTIONS)[number] | undefined {
  const [action, another] = ACTIONS.filter((name) => given.flag(name))
  if (another !== undefined)
    throw new UsageError(`--${action} and --${another} exclude each other.`)
  for (const name of ['partial', 'next-boot']) {
    if (given.flag(name) && action !== 'apply') {
      throw new UsageError(`--${name} goes with --apply.`)
    }
  }
  return action
}

async function runShow({ given, io, machine, settings }: Job): Promise<number> {
  const { rows } = await makePlan(machine, settings)
  const notes = await tuningNotes(machine, settings, availableParallelism())
  const { isRoot } = machine
  if (given.flag('json')) writeJson(io, { isRoot, settings: rows.map(rowFacts), notes })
  else io.out(tuneTable(rows, notes, { colour: io.colour, isRoot }))
  return 0
}

async function runCheck({ given, io, machine, settings }: Job): Promise<number> {
  const plan = await makePlan(machine, settings)
  const drift = findDrift(plan)
  const ok = drift.length === 0
  if (given.flag('json')) writeJson(io, { ok, drift })
  else if (ok) io.out('The kernel settings are as they should be, also after the next boot.\n')
  else io.out(`${drift.map(({ problem }) => problem).join('\n')}\n`)
  return ok ? 0 : 1
}

async function runApply({ given, io, machine, settings }: Job): Promise<number> {
  const nextBoot = given.flag('next-boot')
  const applied = await applySettings(machine, settings, {
    partial: given.flag('partial'),
    nextBoot,
  })
  if (given.flag('json')) {
    const left = applied.left.map(rowFacts)
    writeJson(io, { file: OUR_FILE, changed: applied.changed, left })
  } else io.out(describeApplied(applied, nextBoot))
  return 0
}

function describeApplied({ changed, left }: Applied, nextBoot: boolean): string {
  if (nextBoot) return `${OUR_FILE} is written; it holds from the next boot.\n`
  const lines = [
    changed.length === 0
      ? `The kernel had all values already; ${OUR_FILE} keeps them.`
      : `${changed.length} changed, and kept in ${OUR_FILE}: ${changed.join(', ')}.`,
    'Sockets that are open keep the buffers they have: restart Callbox to use the new ones.',
  ]
  if (left.length > 0) {
    lines.push(`Left to the host, as root there: sysctl -w ${hostCommand(left)}`)
  }
  return `${lines.join('\n')}\n`
}

async function runRevert({ given, io, machine, settings }: Job): Promise<number> {
  const reverted = await revertSettings(machine, settings)
  if (given.flag('json')) writeJson(io, reverted)
  else io.out(describeReverted(reverted))
  return 0
}

function describeReverted({ nothing, restored, gone, unknown }: Reverted): string {
  if (nothing) return 'Nothing is applied; there is nothing to take back.\n'
  const lines = [
    `${restored.length} settings have their value of before; the file is gone.`,
    ...(gone.length > 0 ? [`No longer in this kernel: ${gone.join(', ')}.`] : []),
    ...(unknown.length > 0 ? [`Until the next boot these stay: ${unknown.join(', ')}.`] : []),
  ]
  return `${lines.join('\n')}\n`
}
