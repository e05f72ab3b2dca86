import { styleText } from 'node:util'
import { ApplianceError } from '../errors.ts'
import { type Asked, askVerdicts } from '../health/ask-verdicts.ts'
import type { Check, Verdict } from '../health/check.ts'
import { runChecks } from '../health/checks.ts'
import { type Command, configOptions, type Given, jsonOption, loadGivenConfig } from './command.ts'
import { type CliIo, writeJson } from './io.ts'
import { describeRunning, isBad } from './running-words.ts'

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', unknown: 'gray' } as const

/** `callbox doctor`: looks at machine, configuration and ports, asks what runs, and says what to repair. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'check machine, configuration and ports, and say what to repair',
  details:
    'Where Callbox runs it is asked for what its page shows: verdicts and alerts.\nExit code 0 when nothing stands in the way of calls, 1 when something does, for monitoring.',
  options: [...configOptions, jsonOption],
  async run(given, io) {
    const checks = await runChecks({
      load: () => loadGivenConfig(given, io),
      workerBin: await findWorker(io.env),
      nowMs: io.now(),
    })
    const asked = await askRunning(given, io)
    const ok = checks.every(({ verdict }) => verdict !== 'problem') && !isBad(asked)
    if (given.flag('json')) {
      writeJson(io, { ok, checks, ...(asked.ok ? asked.running : { notAsked: asked.why }) })
    } else {
      io.out(`${describeChecks(checks, io.colour)}\n${describeRunning(asked, io.colour)}`)
    }
    return ok ? 0 : 1
  },
}

/** Without a good configuration nobody knows where to ask; the checks say what is wrong with it. */
async function askRunning(given: Given, io: CliIo): Promise<Asked> {
  try {
    return await askVerdicts(await loadGivenConfig(given, io))
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error
    return { ok: false, why: 'No running Callbox was asked.' }
  }
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
