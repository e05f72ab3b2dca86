import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = join(import.meta.dirname, '../main.ts')

/** Starts a command; a test network's `spawnOnServer` puts it on another host. */
export type Spawn = (
  command: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
) => ChildProcess

/** An appliance as a process of its own, ready to serve. */
export type RunningAppliance = Readonly<{
  process: ChildProcess
  configFile: string
  dataDir: string
  /** The links that the start told: `setupLink` the admin page's once a password is set, `demoLink` for this machine, `publicLink` for others. */
  setupLink: string
  demoLink: string
  publicLink: string
  /** Every line it wrote so far. */
  lines: readonly string[]
  /** Asks it to end and resolves to its exit code; its data stays. */
  end(): Promise<number | null>
  /** Starts another on the same configuration and data, once this one has ended. */
  startAgain(): Promise<RunningAppliance>
  /** Asks it to end, takes its data away and resolves to its exit code. */
  stop(): Promise<number | null>
}>

const spawnHere: Spawn = (command, args, env) =>
  spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })

/** Starts an appliance with this configuration text (YAML) and a data directory of its own. */
export async function startAppliance(
  config: string,
  start: Spawn = spawnHere,
): Promise<RunningAppliance> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-appliance-'))
  await writeFile(join(folder, 'config.yaml'), config)
  return startIn(folder, start)
}

async function startIn(folder: string, start: Spawn): Promise<RunningAppliance> {
  const configFile = join(folder, 'config.yaml')
  const dataDir = join(folder, 'data')
  const options = ['--config', configFile, '--data-dir', dataDir]
  const child = start(process.execPath, [MAIN, 'start', ...options])
  const lines: string[] = []
  const links = await readUntilReady(child, lines)
  const end = async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
    child.kill('SIGTERM')
    await ended
    return child.exitCode
  }
  return {
    ...links,
    process: child,
    configFile,
    dataDir,
    lines,
    end,
    startAgain: () => startIn(folder, start),
    async stop() {
      const code = await end()
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}

/** Collects what it writes; resolves with the links when all are told, rejects when it ends before. */
function readUntilReady(child: ChildProcess, lines: string[]) {
  const { promise, resolve, reject } =
    Promise.withResolvers<Pick<RunningAppliance, 'setupLink' | 'demoLink' | 'publicLink'>>()
  const links = new Map<string, string>()
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      noteLink(line, links)
      const setupLink = links.get('setup')
      const demoLink = links.get('demo')
      const publicLink = links.get('public')
      if (setupLink && demoLink && publicLink) resolve({ setupLink, demoLink, publicLink })
    })
  }
  child.once('exit', (code) =>
    reject(new Error(`the appliance ended with ${code}:\n${lines.join('\n')}`)),
  )
  return promise
}

function noteLink(line: string, links: Map<string, string>): void {
  const publicLink = /"publicLink":"([^"]+)"/.exec(line)?.[1]
  if (publicLink !== undefined) links.set('public', publicLink)
  const link = /"link":"([^"]+)"/.exec(line)?.[1]
  if (link?.includes('/admin/setup?') || link?.endsWith('/admin')) links.set('setup', link)
  if (link?.includes('/call/demo?')) links.set('demo', link)
}
