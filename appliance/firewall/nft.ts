import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { ApplianceError, messageOf, systemErrorCode } from '../errors.ts'
import { TABLE } from './ruleset.ts'

type Outcome = Readonly<{ status: number; out: string; err: string }>

/** Lets the kernel have a ruleset, whole or not at all. Throws FIREWALL_NEEDS_ROOT or FIREWALL_FAILED. */
export async function loadRuleset(rules: string): Promise<void> {
  await succeed(await run('nft', ['-f', '-'], rules))
}

/** Takes our table out of the kernel; one that is not there is no failure. */
export async function removeTable(): Promise<void> {
  await loadRuleset(`table ${TABLE}\ndelete table ${TABLE}\n`)
}

/** Our table as the kernel has it; `undefined` where there is none. */
export async function loadedTable(): Promise<string | undefined> {
  const outcome = await run('nft', ['-s', 'list', 'table', ...TABLE.split(' ')])
  if (/No such file or directory/.test(outcome.err)) return undefined
  return succeed(outcome)
}

/** What the kernel would list after loading a ruleset: it is loaded in a network namespace that nobody uses. */
export async function listedAs(rules: string): Promise<string> {
  const script = `nft -f - && nft -s list table ${TABLE}`
  return succeed(await run('unshare', ['--net', 'sh', '-c', script], rules))
}

function succeed({ status, out, err }: Outcome): string {
  if (status === 0) return out
  const problem = err.trim().split('\n')[0] ?? ''
  if (/Operation not permitted|must be root/.test(err)) {
    const fix = 'Run it with sudo.'
    throw new ApplianceError('FIREWALL_NEEDS_ROOT', 'Only root may see or set a firewall.', fix)
  }
  throw new ApplianceError(
    'FIREWALL_FAILED',
    `The kernel did not take the ruleset, and nothing is changed: ${problem}`,
    'callbox firewall prints it. A kernel or container without nf_tables and connection tracking cannot hold it: set the firewall on the host.',
  )
}

async function run(command: string, args: readonly string[], input = ''): Promise<Outcome> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' }
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined) // it ended without reading; its status tells
  child.stdin.end(input)
  try {
    const ended = once(child, 'close')
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [status] = await ended
    return { status: typeof status === 'number' ? status : 1, out, err }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
    throw new ApplianceError(
      'FIREWALL_FAILED',
      `There is no command ${command}: ${messageOf(error)}`,
      'Install it: apt install nftables util-linux',
      error,
    )
  }
}
