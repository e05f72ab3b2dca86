import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { buildWebIfStale } from '../build-web-if-stale.ts'
import { ensureWorker } from '../mediasoup-worker/ensure.ts'
import { installTestPackages } from './debian-packages.ts'
import { type FileLimits, type FileRun, runFile } from './run-file.ts'
import { unpackedPrograms } from './unpack-program.ts'

const root = join(import.meta.dirname, '../..')
const fastLimits: FileLimits = { timeoutSeconds: 60, limitSeconds: 300 }
const interopLimits: FileLimits = { timeoutSeconds: 120, limitSeconds: 900 }
/** A virtual machine without KVM takes its time. */
const vmLimits: FileLimits = { timeoutSeconds: 900, limitSeconds: 3000 }

type Totals = { passed: number; failed: number; skipped: number }

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { fast: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const files = chooseFiles(positionals, values.fast)
  const interop = files.filter((file) => file.endsWith('.interop.test.ts'))
  const vm = files.filter((file) => file.endsWith('.vm.test.ts'))
  const fast = files.filter((file) => !interop.includes(file) && !vm.includes(file))
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 }
  const failed: FileRun[] = []
  const report = (run: FileRun) => {
    add(totals, run.tally)
    if (run.tally.failed > 0) failed.push(run)
    say(line(run))
  }
  process.env['PATH'] = [process.env['PATH'], unpackedPrograms()].join(delimiter)
  if (!values.fast) await prepare(totals)
  await runGroup(fast, availableParallelism(), fastLimits, report)
  await runGroup(interop, 1, interopLimits, report)
  await runGroup(vm, 1, vmLimits, report)
  for (const run of failed) say(`\n${explain(run)}`)
  if (files.length === 0) totals.failed++
  say(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
  process.exitCode = totals.failed > 0 ? 1 : 0
}

function chooseFiles(named: readonly string[], fastOnly: boolean): string[] {
  if (named.length > 0) return named.map((file) => relative(root, resolve(file)))
  const skip = (path: string) => /(^|\/)(node_modules|dist|\.tap)$/.test(path)
  const found = globSync('**/*.test.ts', { cwd: root, exclude: skip })
  const chosen = found.filter((file) => !(fastOnly && /\.(interop|vm)\.test\.ts$/.test(file)))
  return chosen.sort()
}

/** What the tests stand on; when it cannot be had that is a failure by itself, and the rest still runs. */
async function prepare(totals: Totals): Promise<void> {
  installTestPackages(say)
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'the mediasoup worker',
      async () => {
        process.env['MEDIASOUP_WORKER_BIN'] = await ensureWorker({ say })
      },
    ],
    ['the web pages', () => buildWebIfStale(root, say)],
  ]
  for (const [name, step] of steps) {
    try {
      await step()
    } catch (error) {
      totals.failed++
      say(`FAILED  could not prepare ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
}

async function runGroup(
  files: readonly string[],
  jobs: number,
  limits: FileLimits,
  report: (run: FileRun) => void,
): Promise<void> {
  const waiting = [...files]
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      report(await runFile(root, file, limits))
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
}

function line({ file, tally, seconds }: FileRun): string {
  const counts = `${tally.passed} passed${tally.failed ? `, ${tally.failed} FAILED` : ''}`
  const skips = tally.skipped ? `, ${tally.skipped} skipped` : ''
  return `${tally.failed ? 'FAIL' : 'ok  '}  ${file}  ${counts}${skips}  (${seconds.toFixed(1)} s)`
}

function explain({ file, tally, stderr }: FileRun): string {
  const failures = tally.failures.map(({ name, diagnostic }) => {
    const details = diagnostic ? indent(stringify(diagnostic, { lineWidth: 0 })) : ''
    return `  ✗ ${name}\n${details}`
  })
  const output = stderr.trim() === '' ? '' : `  its standard error:\n${indent(stderr.trimEnd())}`
  return `--- ${file}\n${failures.join('')}${output}`
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '      ').replace(/\n*$/, '\n')
}

function add(totals: Totals, tally: Totals): void {
  totals.passed += tally.passed
  totals.failed += tally.failed
  totals.skipped += tally.skipped
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
await main()
