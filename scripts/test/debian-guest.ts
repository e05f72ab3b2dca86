import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { osRelease } from '../mediasoup-worker/places.ts'

const run = promisify(execFile)

/** What a small server has, and what the installer would otherwise bring: a guest has no way out. */
const PACKAGES = [
  ...['systemd-sysv', 'dbus', 'udev', 'iproute2', 'procps', 'nftables', 'zstd', 'ca-certificates'],
  ...['libstdc++6', 'libatomic1'],
]
const RENAMED_WITH_13 = { 12: ['libuv1', 'libssl3'], 13: ['libuv1t64', 'libssl3t64'] } as const
const SUITES = { bookworm: 12, trixie: 13 } as const

/** A release of Debian that guests can have. */
export type Suite = keyof typeof SUITES

/** What a command in the guest said. */
export type Said = Readonly<{ status: number; out: string; err: string }>

/** A Debian system that booted with its own systemd, in a network of its own without a way out. */
export type DebianGuest = Readonly<{
  /** Its files, as this machine sees them. */
  root: string
  ip: string
  exec(...command: readonly string[]): Promise<Said>
  /** Runs a shell script; rejects when it fails. */
  sh(script: string): Promise<string>
  /** Does something, and resolves when a unit then writes such a line to the journal. */
  untilLogged(unit: string, line: RegExp, act: () => Promise<unknown>): Promise<void>
  close(): Promise<void>
}>

/** The release of this machine's own Debian, undefined where it is none that guests can have. */
export function ownSuite(): Suite | undefined {
  const name = osRelease()['VERSION_CODENAME'] ?? ''
  return Object.keys(SUITES).find((suite): suite is Suite => suite === name)
}

/** Boots a guest; `readOnly` is a folder of this machine that it finds as /media. */
export async function bootDebian(suite: Suite, readOnly: string): Promise<DebianGuest> {
  const archive = await ensureRoot(suite)
  const folder = await mkdtemp(join(tmpdir(), 'callbox-guest-'))
  const root = join(folder, 'root')
  const network = `cbg${process.pid}`
  await mkdir(root)
  await run('tar', ['-xf', archive, '-C', root])
  await writeFile(join(root, 'etc/machine-id'), '')
  await makeNetwork(network)
  const machine = startMachine(root, network, readOnly)
  try {
    const leader = await untilBooted(machine)
    const exec = (...command: readonly string[]) => enter(leader, command)
    const sh = async (script: string) => {
      const { status, out, err } = await exec('sh', '-c', script)
      if (status !== 0) throw new Error(`${script}\nended with ${status}: ${out}${err}`)
      return out
    }
    return {
      root,
      ip: ADDRESS,
      exec,
      sh,
      async untilLogged(unit, line, act) {
        const last = await sh(`journalctl -q -n 1 -o cat --show-cursor -u ${unit}`)
        const cursor = /^-- cursor: (.*)$/m.exec(last)?.[1] ?? ''
        await act()
        await followUntil(leader, [`--after-cursor=${cursor}`, `--unit=${unit}`], line)
      },
      async close() {
        await powerOff(machine, leader)
        await run('ip', ['netns', 'del', network])
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    machine.kill('SIGKILL')
    throw error
  }
}

/** Makes the guest's files from this machine's mirror of Debian, once. */
async function ensureRoot(suite: Suite): Promise<string> {
  const packages = [...PACKAGES, ...RENAMED_WITH_13[SUITES[suite]]]
  const recipe = createHash('sha256').update(packages.join()).digest('hex').slice(0, 8)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'callbox')
  const archive = join(cache, `debian-${suite}-${recipe}.tar`)
  if (existsSync(archive)) return archive
  await mkdir(cache, { recursive: true })
  const draft = `${archive}.${process.pid}.tar`
  const lean = ['man', 'locale', 'doc'].map((part) => `path-exclude=/usr/share/${part}/*`)
  const options = [
    ...['--variant=minbase', '--mode=root', '--quiet', `--include=${packages.join()}`],
    ...['--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'],
    ...lean.map((option) => `--dpkgopt=${option}`),
  ]
  await run('mmdebstrap', [...options, suite, draft, ownMirror()])
  await rename(draft, archive)
  return archive
}

/** This machine's mirror, from the index that apt has or fetches. */
function ownMirror(): string {
  const name = osRelease()['VERSION_CODENAME']
  for (const prepare of [['--version'], ['update', '-q']]) {
    execFileSync('apt-get', prepare, { stdio: 'ignore' })
    const format = ['--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages']
    const text = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' })
    const own = text.split('\n').map((line) => line.split(' '))
    const uri = own.find(([, codename]) => codename === name)?.[0]
    if (uri !== undefined) return uri
  }
  throw new Error('apt has no mirror of Debian here')
}

const ADDRESS = '10.99.0.1'

async function makeNetwork(name: string): Promise<void> {
  const inside = ['-n', name]
  const commands = [
    ['netns', 'add', name],
    [...inside, 'link', 'set', 'lo', 'up'],
    [...inside, 'link', 'add', 'host0', 'type', 'veth', 'peer', 'name', 'wire'],
    [...inside, 'addr', 'add', `${ADDRESS}/24`, 'dev', 'host0'],
    [...inside, 'link', 'set', 'host0', 'up'],
    [...inside, 'link', 'set', 'wire', 'up'],
    [...inside, 'route', 'add', 'default', 'via', '10.99.0.2'],
  ]
  for (const command of commands) await run('ip', command)
}

/** `--keep-unit` and `--register=no`: this machine's own systemd, if it has one, is not asked. */
function startMachine(root: string, network: string, readOnly: string): ChildProcess {
  const options = [
    ...[
      '--register=no',
      '--keep-unit',
      '--quiet',
      '--link-journal=no',
      '--capability=CAP_NET_ADMIN',
    ],
    ...[`--directory=${root}`, `--network-namespace-path=/run/netns/${network}`],
    ...[`--bind-ro=${readOnly}:/media`, '--boot'],
  ]
  return spawn('systemd-nspawn', options, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Resolves to the process id of the guest's systemd once it has started what it starts. */
async function untilBooted(machine: ChildProcess): Promise<number> {
  const lines: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  for (const stream of [machine.stdout, machine.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (/Multi-User System/.test(line)) resolve()
    })
  }
  machine.once('exit', (code) =>
    reject(new Error(`systemd-nspawn ended with ${code}:\n${lines.slice(-20).join('\n')}`)),
  )
  await promise
  const children = await readFile(`/proc/${machine.pid}/task/${machine.pid}/children`, 'utf8')
  const leader = Number(children.trim().split(' ')[0])
  await enter(leader, ['systemctl', 'is-system-running', '--wait'])
  return leader
}

async function followUntil(leader: number, where: readonly string[], line: RegExp): Promise<void> {
  const command = ['journalctl', '--quiet', '--follow', '--no-tail', '--output=cat', ...where]
  const child = spawn('nsenter', into(leader, command), { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  for await (const text of createInterface({ input: child.stdout })) if (line.test(text)) break
  child.kill()
  await ended
}

function enter(leader: number, command: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile('nsenter', into(leader, command), { maxBuffer: 2 ** 26 }, (error, out, err) => {
      const code = error === null ? 0 : error.code
      resolve({ status: typeof code === 'number' ? code : 1, out, err })
    })
  })
}

/** The arguments for a command in the guest's namespaces, with an environment of its own. */
function into(leader: number, command: readonly string[]): readonly string[] {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const namespaces = ['-t', `${leader}`, '-m', '-u', '-i', '-n', '-p', '-C']
  return [...namespaces, '--', 'env', '-i', path, 'HOME=/', 'LC_ALL=C.UTF-8', ...command]
}

async function powerOff(machine: ChildProcess, leader: number): Promise<void> {
  if (machine.exitCode !== null) return
  const ended = once(machine, 'exit')
  await enter(leader, ['systemctl', 'poweroff', '--no-block', '--force'])
  await ended
}
