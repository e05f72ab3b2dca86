import type { LoadedConfig } from '../config/load.ts'
import { ApplianceError } from '../errors.ts'
import { listedAs, loadedTable, loadRuleset, removeTable } from '../firewall/nft.ts'
import { type Opening, openings } from '../firewall/openings.ts'
import { ruleset, type SshDecision, TABLE } from '../firewall/ruleset.ts'
import { decideSsh, isConnected, sshPorts } from '../firewall/ssh.ts'
import { formatPortSet } from '../tune/port-set.ts'
import {
  type Command,
  configOptions,
  type Given,
  jsonOption,
  loadGivenConfig,
  UsageError,
} from './command.ts'
import { type CliIo, writeJson } from './io.ts'

type Plan = Readonly<{ open: readonly Opening[]; ssh: SshDecision; rules: string }>

/** `callbox firewall`: the nftables ruleset with exactly the ports in use. */
export const firewall: Command = {
  name: 'firewall',
  summary: 'print the nftables ruleset for this configuration, apply it, take it back',
  details:
    `Without an option it prints what --apply loads: the table ${TABLE}, which lets in the ports that the configuration\n` +
    'names and drops the rest. Other tables are left alone. On an installed host callbox-firewall.service applies it at\n' +
    'boot and whenever the appliance starts. Exit code 1: --check found something, or nothing could be done.',
  options: [
    { name: 'apply', help: 'let the kernel have it, in one step' },
    { name: 'revert', help: 'take our table out of the kernel' },
    { name: 'check', help: 'compare what the kernel has with what it should have' },
    { name: 'ssh', help: 'let SSH in, also without an authorised key' },
    { name: 'no-ssh', help: 'keep SSH out, also with one' },
    ...configOptions,
    jsonOption,
  ],
  async run(given, io) {
    const action = chosen(given, ['apply', 'revert', 'check'])
    const sshOption = chosen(given, ['ssh', 'no-ssh'])
    if (action === 'revert') return revert(given, io)
    const plan = await makePlan(await loadGivenConfig(given, io), sshOption)
    if (action === 'check') return check(plan, given, io)
    if (action === 'apply') return apply(plan, sshOption, { given, io })
    if (given.flag('json')) writeJson(io, { ...facts(plan), ruleset: plan.rules })
    else io.out(plan.rules)
    return 0
  },
}

function chosen<T extends string>(given: Given, names: readonly T[]): T | undefined {
  const [one, another] = names.filter((name) => given.flag(name))
  if (another !== undefined) throw new UsageError(`--${one} and --${another} exclude each other.`)
  return one
}

async function makePlan(
  { config }: LoadedConfig,
  sshOption: 'ssh' | 'no-ssh' | undefined,
): Promise<Plan> {
  const open = openings(config)
  const decided =
    sshOption === undefined
      ? await decideSsh('/')
      : { open: sshOption === 'ssh', why: `${sshOption === 'ssh' ? 'open' : 'shut'}, as asked for` }
  const ssh = { ...decided, ports: await sshPorts('/') }
  return { open, ssh, rules: ruleset(open, ssh) }
}

async function apply(
  plan: Plan,
  sshOption: string | undefined,
  { given, io }: Readonly<{ given: Given; io: CliIo }>,
): Promise<number> {
  if (!plan.ssh.open && sshOption === undefined && (await isConnected('/', plan.ssh.ports))) {
    throw new ApplianceError(
      'FIREWALL_SHUTS_SSH',
      'Somebody is connected by SSH, and this would shut it: no user with a shell has an authorised key.',
      'Authorise a key, or say --ssh to leave it open or --no-ssh to shut it.',
    )
  }
  await loadRuleset(plan.rules)
  if (given.flag('json')) writeJson(io, { applied: true, ...facts(plan) })
  else io.out(`The kernel has the table ${TABLE}. SSH is ${plan.ssh.why}.\n`)
  return 0
}

async function check(plan: Plan, given: Given, io: CliIo): Promise<number> {
  const wanted = await listedAs(plan.rules)
  const loaded = await loadedTable()
  const [missing, surplus] = [linesWithout(wanted, loaded), linesWithout(loaded ?? '', wanted)]
  const ok = loaded === wanted
  if (given.flag('json')) writeJson(io, { ok, loaded: loaded !== undefined, missing, surplus })
  else if (ok) io.out('The firewall is as it should be.\n')
  else if (loaded === undefined) io.out(`The kernel has no table ${TABLE}.\n`)
  else {
    const lines = [
      ...missing.map((line) => `missing: ${line}`),
      ...surplus.map((line) => `not ours: ${line}`),
    ]
    io.out(`${lines.length > 0 ? lines.join('\n') : 'The rules are in another order.'}\n`)
  }
  return ok ? 0 : 1
}

async function revert(given: Given, io: CliIo): Promise<number> {
  await removeTable()
  if (given.flag('json')) writeJson(io, { applied: false })
  else io.out(`The kernel has no table ${TABLE}; its other rules are as they were.\n`)
  return 0
}

function linesWithout(text: string, other: string | undefined): readonly string[] {
  const known = new Set((other ?? '').split('\n'))
  return text
    .split('\n')
    .filter((line) => !known.has(line))
    .map((line) => line.trim())
}

function facts({ open, ssh }: Plan): object {
  const ports = open.map(({ protocol, ports, option, from, untracked }) => ({
    protocol,
    ports: formatPortSet(ports),
    option,
    ...(from === undefined ? {} : { from }),
    untracked,
  }))
  return { ports, ssh }
}
