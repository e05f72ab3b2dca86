import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf, systemErrorCode } from '../errors.ts'
import { missingKernelSettings, readKernelFacts } from '../telemetry/kernel.ts'
import { parseSnmpCounter } from '../telemetry/proc.ts'
import { tuneAdvice } from '../tune/settings.ts'
import type { Check } from './check.ts'

const run = promisify(execFile)

/** The oldest Node that runs TypeScript without help. */
const NEEDED_NODE = [22, 18] as const

/** The status a media worker ends with when it is started by anything but mediasoup. */
const WORKER_REFUSES = 41

/** Nobody could have set this clock right before the program was written. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)

const MEBIBYTE = 1024 * 1024

/** Checks the version of the Node that runs this. */
export function checkNode(version: string = process.versions.node): Check {
  const name = 'Node'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [neededMajor, neededMinor] = NEEDED_NODE
  const fits = major > neededMajor || (major === neededMajor && minor >= neededMinor)
  if (fits) return { name, verdict: 'ok', fact: version }
  const fix = `Start with npm start or npx callbox, which bring their own, or install Node ${NEEDED_NODE.join('.')} or later.`
  return { name, verdict: 'problem', fact: `${version} is too old`, fix }
}

/** Checks that the media worker can be started on this machine; `path` is `undefined` before the first start. */
export async function checkWorker(path: string | undefined): Promise<Check> {
  const name = 'media worker'
  const missing: Check = {
    name,
    verdict: 'warning',
    fact: 'there is none yet',
    fix: 'The first npm start downloads or builds it; npm run build:worker does so now.',
  }
  if (path === undefined) return missing
  try {
    await run(path, [], { timeout: 5000, env: {} })
    return brokenWorker(`${path} is not a media worker`)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return missing
    const status = error instanceof Error && 'code' in error ? error.code : undefined
    if (status === WORKER_REFUSES) return { name, verdict: 'ok', fact: path }
    return brokenWorker(`${path} does not start (${firstLine(messageOf(error))})`)
  }
}

function brokenWorker(fact: string): Check {
  const fix = 'Remove it and run npm run build:worker.'
  return { name: 'media worker', verdict: 'problem', fact, fix }
}

/** Checks the limits of socket buffers, and whether datagrams were lost for want of room. */
export function checkKernel(procRoot = '/proc'): readonly Check[] {
  const facts = readKernelFacts(procRoot)
  const settings = missingKernelSettings(facts)
  const name = 'kernel buffers'
  const mebibytes = (bytes: number) =>
    bytes === 0 ? 'hidden here' : `${(bytes / MEBIBYTE).toFixed(1)} MiB`
  const fact = `receive ${mebibytes(facts.rmemMaxBytes)}, send ${mebibytes(facts.wmemMaxBytes)}`
  const buffers: Check =
    settings.length === 0
      ? { name, verdict: 'ok', fact }
      : { name, verdict: 'warning', fact, fix: tuneAdvice(settings) }
  return [buffers, checkLostDatagrams(procRoot)]
}

/** Losses below one in a thousand are not heard. */
const HARMLESS_LOSS = 0.001

function checkLostDatagrams(procRoot: string): Check {
  const name = 'lost datagrams'
  const snmp = readFileSync(join(procRoot, 'net/snmp'), 'utf8')
  const lost = parseSnmpCounter(snmp, 'Udp', 'RcvbufErrors')
  const received = parseSnmpCounter(snmp, 'Udp', 'InDatagrams')
  const fact = `${lost} of ${received + lost} since boot, of all programs, for want of buffer`
  if (lost <= HARMLESS_LOSS * (received + lost)) return { name, verdict: 'ok', fact }
  const fix =
    'If the number grows during calls, enlarge the kernel buffers or use a machine with more cores.'
  return { name, verdict: 'warning', fact, fix }
}

/** Tells what the machine has. */
export function describeMachine(): Check {
  const gibibytes = (totalmem() / 1024 ** 3).toFixed(1)
  return {
    name: 'machine',
    verdict: 'ok',
    fact: `${availableParallelism()} cores, ${gibibytes} GiB`,
  }
}

/** Checks the room left on the disk of the data directory (or of its nearest parent). */
export async function checkDisk(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder)
  const freeMebibytes = Math.floor((bavail * bsize) / MEBIBYTE)
  const check = { name: 'disk', fact: `${freeMebibytes} MiB free at ${folder}` }
  if (freeMebibytes >= 200) return { ...check, verdict: 'ok' }
  return {
    ...check,
    verdict: 'warning',
    fix: 'Make room: logs and renewed certificates need some.',
  }
}

/** Checks the clock: TURN passwords and access tokens are only as right as it is. */
export async function checkClock(nowMs: number): Promise<Check> {
  const name = 'clock'
  const fact = new Date(nowMs).toISOString()
  if (nowMs < EARLIEST_MS) {
    return { name, verdict: 'problem', fact: `${fact} is long past`, fix: 'Set the clock.' }
  }
  const synchronized = await askTimeSynchronized()
  if (synchronized === undefined) {
    return { name, verdict: 'unknown', fact: `${fact}; whether it is synchronized cannot be told` }
  }
  if (synchronized) return { name, verdict: 'ok', fact: `${fact}, synchronized` }
  const fix =
    'Turn time synchronization on (timedatectl set-ntp true), or compare the clock by hand.'
  return { name, verdict: 'warning', fact: `${fact}, not synchronized`, fix }
}

async function askTimeSynchronized(): Promise<boolean | undefined> {
  try {
    const options = { timeout: 3000 }
    const { stdout } = await run(
      'timedatectl',
      ['show', '-p', 'NTPSynchronized', '--value'],
      options,
    )
    return stdout.trim() === 'yes'
  } catch {
    return undefined // no systemd here: a container, or another init
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
