import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ApplianceError, messageOf } from '../../errors.ts'
import { placesOf } from '../../lifecycle/places.ts'
import type { Warning } from '../../warning.ts'
import type { Action, Outcome } from '../actions.ts'
import { type Facts, noFacts } from '../facts.ts'
import { changeHostName } from './host-name.ts'
import { logLines } from './log-lines.ts'
import { createLook, type Places } from './look.ts'
import { createNetworkTrials, thisBoot } from './network-trial.ts'
import { openForm } from './open-form.ts'
import { changePublicAddress } from './public-address.ts'
import { type Ran, type RunCommand, runCommand, wordsOf } from './run-command.ts'
import { changeTimeServers } from './time-servers.ts'

/** What the console may ask of a machine. */
export interface ConsoleHost {
  look(): Promise<Facts>
  /** Does what was asked; a refusal is an outcome too. */
  perform(action: Action): Promise<Outcome>
  /** Takes network changes back that nobody kept. */
  revertAbandoned(): Promise<void>
  /** Milliseconds since the boot: the clock of trials. */
  nowMs(): number
}

/** A file for a bug report or a factory reset may take a while. */
const LONG_MS = 300_000

const LOG_LINES = '300'

/** How the name of a support bundle begins, and how many are kept. */
const BUNDLE = 'callbox-support-'
const KEPT_BUNDLES = 3

/** Makes the console of this machine. `callbox` is our own command line, `now` the time of day in ms. */
export function createConsoleHost(
  places: Places,
  callbox: readonly [command: string, ...args: string[]],
  now: () => number,
  run: RunCommand = runCommand,
): ConsoleHost {
  const trials = createNetworkTrials({ root: places.root, run, clock: thisBoot })
  const [command, ...before] = callbox
  const runOwn: Parts['runOwn'] = (args, timeoutMs, cwd) =>
    run(command, [...before, ...args], { timeoutMs, ...(cwd === undefined ? {} : { cwd }) })
  const parts = { places, run, runOwn, trials }
  const look = createLook(places, now)
  let seen = noFacts
  let notReverted: readonly Warning[] = []
  return {
    async look() {
      try {
        seen = await look()
        return { ...seen, warnings: [...notReverted, ...seen.warnings] }
      } catch (error) {
        return { ...seen, warnings: [...notReverted, asWarning(error)] }
      }
    },
    nowMs: thisBoot.nowMs,
    async revertAbandoned() {
      try {
        await trials.revertAbandoned()
      } catch (error) {
        notReverted = [asWarning(error)]
      }
    },
    async perform(action) {
      try {
        return await perform(action, parts)
      } catch (error) {
        return said(false, 'That did not work', refusalText(error))
      }
    },
  }
}

type Parts = Readonly<{
  places: Places
  run: RunCommand
  runOwn: (args: readonly string[], timeoutMs: number, cwd?: string) => Promise<Ran>
  trials: ReturnType<typeof createNetworkTrials>
}>

async function perform(action: Action, parts: Parts): Promise<Outcome> {
  const { places, run, runOwn, trials } = parts
  switch (action.type) {
    case 'open':
      return openForm(action, { root: places.root, configFile: configFileOf(places) })
    case 'setHostName':
      await changeHostName(action.name, { root: places.root, run })
      return said(true, 'Host name', `This machine is called ${action.name}.`)
    case 'setTimeServers':
      await changeTimeServers(action.servers, { root: places.root, run })
      return said(true, 'Time servers', 'Set, and being asked. The status says when they answered.')
    case 'setPublicAddress': {
      const options = { root: places.root, file: configFileOf(places), run }
      return said(true, 'Public address', await changePublicAddress(action.address, options))
    }
    case 'tryNetwork':
    case 'keepNetwork':
    case 'revertNetwork':
      return performOnNetwork(action, trials)
    case 'showLogs':
      return showLogs(run)
    case 'showDiagnostics':
      return ownOutput('Diagnostics', await runOwn(['doctor'], LONG_MS), [0, 1])
    case 'makeSupportBundle':
      return makeSupportBundle(places, runOwn)
    case 'factoryReset':
      return ownOutput('Factory reset', await runOwn(['factory-reset', '--yes'], LONG_MS), [0])
    case 'reboot':
    case 'powerOff':
      return power(action.type, run)
  }
}

async function performOnNetwork(
  action: Extract<Action, { type: 'tryNetwork' | 'keepNetwork' | 'revertNetwork' }>,
  trials: Parts['trials'],
): Promise<Outcome> {
  if (action.type === 'tryNetwork') {
    const deadlineMs = await trials.begin(action.addressing)
    return { type: 'trial', trial: { interface: action.addressing.interface, deadlineMs } }
  }
  if (action.type === 'keepNetwork') {
    await trials.keep(action.interface)
    return said(true, 'Network', `The new addresses of ${action.interface} are kept.`)
  }
  await trials.revert(action.interface)
  return said(true, 'Network', `${action.interface} has the addresses of before again.`)
}

async function showLogs(run: RunCommand): Promise<Outcome> {
  const args = ['-u', 'callbox.service', '-n', LOG_LINES, '--no-pager', '-o', 'cat']
  const ran = await run('journalctl', args)
  if (ran.status !== 0) throw failed('journalctl', ran)
  const lines = logLines(ran.out).toReversed()
  const title = 'Log, the last line first'
  return { type: 'text', title, lines: lines.length === 0 ? ['There is nothing.'] : lines }
}

/** It stays with what only root may read, where the console's own service may write. */
async function makeSupportBundle({ root }: Places, runOwn: Parts['runOwn']): Promise<Outcome> {
  const { updateDir } = placesOf(root)
  await mkdir(updateDir, { recursive: true, mode: 0o700 })
  const ran = await runOwn(['support'], LONG_MS, updateDir)
  await removeOldBundles(updateDir)
  return ownOutput('Support bundle', ran, [0])
}

/** Whoever presses a key again and again must not fill the disk. */
async function removeOldBundles(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(BUNDLE))
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name)
      return { file, atMs: (await stat(file)).mtimeMs }
    }),
  )
  const old = files.sort((one, other) => other.atMs - one.atMs).slice(KEPT_BUNDLES)
  for (const { file } of old) await rm(file, { force: true })
}

async function power(type: 'reboot' | 'powerOff', run: RunCommand): Promise<Outcome> {
  const verb = type === 'reboot' ? 'reboot' : 'poweroff'
  const ran = await run('systemctl', [verb])
  if (ran.status !== 0) throw failed(`systemctl ${verb}`, ran)
  return said(true, 'Good bye', type === 'reboot' ? 'The machine restarts.' : 'It goes off.')
}

function ownOutput(title: string, ran: Ran, good: readonly number[]): Outcome {
  const isGood = good.includes(ran.status)
  const lines = (isGood ? ran.out : `${ran.err}\n${ran.out}`).trim().split('\n')
  return { type: 'text', title: isGood ? title : `${title}: that did not work`, lines }
}

function said(good: boolean, title: string, text: string): Outcome {
  return { type: 'said', good, title, text }
}

function failed(what: string, ran: Ran): ApplianceError {
  const fix = 'Look at journalctl -e on the machine, or run callbox doctor.'
  return new ApplianceError('CONSOLE_ACTION_FAILED', `${what}: ${wordsOf(ran)}`, fix)
}

/** The console goes on where the machine is in trouble: that is what it is there for. */
function asWarning(error: unknown): Warning {
  if (error instanceof ApplianceError) return { message: error.message, fix: error.fix }
  return {
    message: `The console cannot do its work: ${messageOf(error)}`,
    fix: 'See that the disk has room, can be written, and is sound.',
  }
}

/** Whatever goes wrong is told on the screen: there is nobody else to tell it to. */
function refusalText(error: unknown): string {
  return error instanceof ApplianceError ? `${error.message}\n${error.fix}` : messageOf(error)
}

function configFileOf({ root, configFile, env }: Places): string {
  return resolve(configFile ?? (env['CALLBOX_CONFIG'] || placesOf(root).config))
}
