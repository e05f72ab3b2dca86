import { join } from 'node:path'
import type { Facts } from '../console/facts.ts'
import { createConsoleHost } from '../console/host/console-host.ts'
import { createLook } from '../console/host/look.ts'
import { paintLine } from '../console/paint.ts'
import { runConsole } from '../console/run-console.ts'
import { widthOf } from '../console/text.ts'
import { statusLines } from '../console/views/status.ts'
import { ApplianceError } from '../errors.ts'
import { type Command, configOptions, jsonOption } from './command.ts'
import { writeJson } from './io.ts'

const MAIN = join(import.meta.dirname, '../main.ts')

/** Where the running appliance leaves the facts of its start (systemd's RuntimeDirectory). */
const RUN_DIR = '/run/callbox'

/** `callbox console`: the screen of the machine itself. */
export const consoleCommand: Command = {
  name: 'console',
  summary: 'show how this machine is, and set its network, name and time',
  details:
    'Runs on the screen or serial line of a virtual machine, and in any terminal. It needs root.\n' +
    'Whoever sees it can change the network and reset the appliance, and read no secret but the set-up link.',
  options: [
    { name: 'once', help: 'print the status and end' },
    { name: 'run-dir', value: 'DIR', help: `where a start leaves start.json (else ${RUN_DIR})` },
    ...configOptions,
    { ...jsonOption, help: 'with --once: print JSON, for programs' },
  ],
  async run(given, io) {
    const places = {
      root: '/',
      runDir: given.text('run-dir') ?? RUN_DIR,
      configFile: given.text('config'),
      env: io.env,
    }
    if (given.flag('once') || given.flag('json')) {
      const facts = await createLook(places, io.now)()
      if (given.flag('json')) writeJson(io, facts)
      else io.out(statusText(facts, io.colour))
      return 0
    }
    requireTerminal()
    const host = createConsoleHost(places, [process.execPath, MAIN], io.now)
    const { stdin: input, stdout: output } = process
    const mayQuit = process.ppid !== 1
    await runConsole({ host, input, output, env: io.env, mayQuit })
    return 0
  },
}

/** The status as it stands on the screen, as long as it is. */
function statusText(facts: Facts, colour: boolean): string {
  const lines = statusLines(facts, { columns: 100, rows: 1000 })
  const texts = lines.map((spans) =>
    colour ? paintLine(spans, widthOf(spans), { colour }) : spans.map(({ text }) => text).join(''),
  )
  return `${texts.map((text) => text.trimEnd()).join('\n')}\n`
}

function requireTerminal(): void {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    throw new ApplianceError(
      'CONSOLE_NEEDS_TERMINAL',
      'The console needs a terminal for its keys and its screen.',
      'Run callbox console in one, or callbox console --once for the status alone.',
    )
  }
  if (process.geteuid?.() === 0) return
  throw new ApplianceError(
    'CONSOLE_NEEDS_ROOT',
    'The console sets the network and name of the machine, which only root may.',
    'Run it as root, for example with sudo.',
  )
}
