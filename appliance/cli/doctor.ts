import { styleText } from 'node:util'
import type { Check, Verdict } from '../health/check.ts'
import { runChecks } from '../health/checks.ts'
import { type Command, configOptions, jsonOption, loadGivenConfig } from './command.ts'
import { writeJson } from './io.ts'

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', unknown: 'gray' } as const

/** `callbox doctor`: looks at machine, configuration and ports, and says what to repair. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'check machine, configuration and ports, and say what to repair',
  details: 'Exit code 0 when nothing stands in the way of calls, 1 when something does.',
  options: [...configOptions, jsonOption],
  async run(given, io) {
    const checks = await runChecks({
      load: () => loadGivenConfig(given, io),
      workerBin: await findWorker(io.env),
      nowMs: io.now(),
    })
    const ok = checks.every(({ verdict }) => verdict !== 'problem')
    if (given.flag('json')) writeJson(io, { ok, checks })
    else io.out(describeChecks(checks, io.colour))
    return ok ? 0 : 1
  },
}

/** The worker that a start would use: the named one, else the one mediasoup's package came with. */
async function findWorker(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { MEDIASOUP_WORKER_BIN } = env
  return MEDIASOUP_WORKER_BIN || (await import('mediasoup')).workerBin
}

function describeChecks(checks: readonly Check[], colour: boolean): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const word = (verdict: Verdict) => {
    const text = verdict.padEnd(7)
    return colour ? styleText(COLOURS[verdict], text, { validateStream: false }) : text
  }
  const lines = checks.flatMap(({ name, verdict, fact, fix }) => [
    `${word(verdict)}  ${name.padEnd(width)}  ${fact}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 11)}${fix}`]),
  ])
  return `${[...lines, '', summary(checks)].join('\n')}\n`
}

function summary(checks: readonly Check[]): string {
  const count = (verdict: Verdict) => checks.filter((check) => check.verdict === verdict).length
  const problems = count('problem')
  const warnings = count('warning')
  if (problems > 0) return `${problems} to repair before calls work, ${warnings} to look at.`
  return warnings === 0 ? 'All is well.' : `Calls work; ${warnings} to look at.`
}
