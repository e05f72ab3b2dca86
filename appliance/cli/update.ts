import { resolve } from 'node:path'
import process from 'node:process'
import { ApplianceError } from '../errors.ts'
import { type Host, requireRoot, thisHost } from '../lifecycle/host.ts'
import {
  rollBack,
  type UpdateStatus,
  updateStatus,
  update as updateTo,
} from '../lifecycle/update.ts'
import type { Outcome } from '../lifecycle/update-state.ts'
import { earlierProgram, watchUpdate } from '../lifecycle/watch-update.ts'
import { type Command, type Given, jsonOption, UsageError } from './command.ts'
import { type CliIo, writeJson } from './io.ts'

const ACTIONS = ['status', 'rollback', 'watch'] as const
const DEFAULT_LIMIT_SECONDS = 120

/** `callbox update`: another release, or the present one as it was. */
export const update: Command = createUpdate(thisHost(), become)

/** Makes the command for a host; `exec` becomes another program. Tests have their own. */
export function createUpdate(host: Host, exec: typeof become): Command {
  return {
    name: 'update',
    operands: ['[BUNDLE]'],
    summary: 'install another release, and go back by itself when that does not become ready',
    details:
      'BUNDLE is callbox-<release>-linux-<arch>.tar.zst, with its signature BUNDLE.minisig beside it: by a key in\n' +
      '/etc/callbox/update-keys/*.pub. Everything is checked before the switch; configuration and data are backed up.\n' +
      'Exit code 0: the new release is ready. 1: refused, or gone back to the present one, with the reason.',
    options: [
      {
        name: 'sha256',
        value: 'HEX',
        help: 'trust a bundle with this SHA-256 instead of a signature',
      },
      { name: 'allow-downgrade', help: 'take an earlier version, too' },
      {
        name: 'timeout',
        value: 'SECONDS',
        help: `how long it may take to become ready (default ${DEFAULT_LIMIT_SECONDS})`,
      },
      { name: 'status', help: 'show the releases, a pending update and what came of earlier ones' },
      { name: 'rollback', help: 'switch to the previous release' },
      {
        name: 'watch',
        help: 'end an update that was cut short; callbox-update-watch.service runs this',
      },
      jsonOption,
    ],
    async run(given, io) {
      const action = chosenAction(given)
      if (action === 'status') return runStatus(host, given, io)
      requireRoot(host, `update ${action === undefined ? 'BUNDLE' : `--${action}`}`)
      if (action === 'watch') return runWatch(host, given, io, exec)
      return runUpdate(host, given, io)
    },
  }
}

function chosenAction(given: Given): (typeof ACTIONS)[number] | undefined {
  const [action, another] = ACTIONS.filter((name) => given.flag(name))
  if (another !== undefined) {
    throw new UsageError(`--${action} and --${another} exclude each other.`)
  }
  const [bundle] = given.operands
  if (action !== undefined && bundle !== undefined) {
    throw new UsageError(`--${action} takes no bundle.`)
  }
  if (action === undefined && bundle === undefined) {
    throw new UsageError('callbox update takes a bundle, --status or --rollback.')
  }
  return action
}

async function runUpdate(host: Host, given: Given, io: CliIo): Promise<number> {
  const [bundle] = given.operands
  const options = switchOptions(given, io)
  const startedMs = host.clock.nowMs()
  const { from, to } =
    bundle === undefined
      ? await rollBack(host, options)
      : await updateTo(host, resolve(bundle), {
          ...options,
          sha256: parseSha256(given.text('sha256')),
          allowDowngrade: given.flag('allow-downgrade'),
        })
  const seconds = Math.round((host.clock.nowMs() - startedMs) / 1000)
  const { unitsDiffer } = await updateStatus(host)
  if (given.flag('json')) writeJson(io, { ok: true, from, to, seconds, unitsDiffer })
  else {
    io.out(
      from === to
        ? `${to} is what runs already; nothing was changed.\n`
        : `${to} runs, and is ready. It took ${seconds} s. Back to ${from}: callbox update --rollback\n`,
    )
    if (unitsDiffer.length > 0) io.out(`Units: ${renewUnits(unitsDiffer)}\n`)
  }
  return 0
}

async function runWatch(host: Host, given: Given, io: CliIo, exec: typeof become): Promise<number> {
  const program = await earlierProgram(host)
  if (program !== undefined) exec([...program, 'update', '--watch'])
  const watched = await watchUpdate(host, switchOptions(given, io)).catch(goneBack)
  const outcome = watched instanceof ApplianceError ? 'rolledBack' : watched
  if (given.flag('json')) writeJson(io, { ok: true, outcome })
  else io.out(watched instanceof ApplianceError ? `${watched.message}\n` : `${WATCHED[watched]}\n`)
  return 0
}

const WATCHED = {
  none: 'No update is pending.',
  confirmed: 'The update is confirmed.',
  stopped: 'The update had not begun; nothing was changed.',
} as const

/** To go back is what a watch is for, and no failure of it. */
function goneBack(error: unknown): ApplianceError {
  if (error instanceof ApplianceError && error.code === 'UPDATE_ROLLED_BACK') return error
  throw error
}

async function runStatus(host: Host, given: Given, io: CliIo): Promise<number> {
  const status = await updateStatus(host)
  if (given.flag('json')) {
    const { current = null, previous = null, pending = null, ...others } = status
    writeJson(io, { current, previous, pending, ...others })
  } else io.out(describeStatus(status))
  return 0
}

function describeStatus({
  current,
  previous,
  pending,
  releases,
  unitsDiffer,
  history,
}: UpdateStatus): string {
  const lines = [
    `current    ${current?.id ?? 'none: this is no installed release'}`,
    `previous   ${previous ?? 'none'}`,
    `pending    ${pending === undefined ? 'none' : `${pending.to}, since ${pending.startedAt}${pending.phase === 'goingBack' ? `, going back: ${pending.reason}` : ''}`}`,
    `releases   ${releases.join(', ') || 'none'}`,
    ...(unitsDiffer.length === 0 ? [] : [`units      ${renewUnits(unitsDiffer)}`]),
    ...(history.length === 0 ? [] : ['', 'Earlier updates']),
    ...history.slice(-10).map(describeOutcome),
  ]
  return `${lines.join('\n')}\n`
}

function renewUnits(names: readonly string[]): string {
  return `this release brings others than are installed (${names.join(', ')}): sh /opt/callbox/current/scripts/install.sh`
}

const OUTCOMES = {
  confirmed: 'confirmed',
  rolledBack: 'gone back',
  stopped: 'not begun',
  failed: 'gone back, and not ready',
} as const

function describeOutcome({ endedAt, from, to, outcome, reason }: Outcome): string {
  const why = reason === undefined ? '' : `: ${reason}`
  return `  ${endedAt.slice(0, 16).replace('T', ' ')}  ${from} → ${to}  ${OUTCOMES[outcome]}${why}`
}

function switchOptions(given: Given, io: CliIo) {
  const out = given.flag('json') ? io.err : io.out
  return {
    step: (text: string) => out(`· ${text}\n`),
    limitMs: parseSeconds(given.text('timeout')) * 1000,
  }
}

function parseSeconds(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT_SECONDS
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= 15 && seconds <= 3600) return seconds
  throw new UsageError('--timeout takes seconds from 15 to 3600.')
}

function parseSha256(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{64}$/i.test(text)) return text
  throw new UsageError('--sha256 takes 64 hexadecimal digits.')
}

/** Becomes another program, in this process. */
function become([command = '', ...args]: readonly string[]): void {
  process.execve?.(command, [command, ...args], process.env)
}
