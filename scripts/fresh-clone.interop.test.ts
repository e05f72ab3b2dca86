import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { stringify } from 'yaml'
import { freePorts } from '../appliance/test/free-ports.ts'
import { needs } from './test-needs.ts'

t.setTimeout(300_000)

const root = join(import.meta.dirname, '..')

t.test(
  'a fresh clone starts, serves, drains and starts again',
  { skip: needs('worker') },
  async (t) => {
    const clone = mkdtempSync(join(tmpdir(), 'callbox-clone-'))
    t.teardown(() => rmSync(clone, { recursive: true, force: true }))
    copyTree(clone)
    const { config, port } = await writeConfig(clone)

    const cold = await start(clone, config)
    if (cold.lacksPackages) {
      t.comment(cold.output())
      t.pass('starts', { skip: 'the npm cache lacks a package, and this test stays offline' })
      return
    }
    t.equal(cold.ready ? '' : cold.output(), '', 'becomes ready')
    if (!cold.ready) return
    const readiness = await fetch(`http://127.0.0.1:${port.http}/readyz`)
    t.equal(readiness.status, 200, 'every service is ready')
    const page = await fetch(`http://127.0.0.1:${port.http}/call/demo`)
    t.match(await page.text(), /<!doctype html>/i, 'the pages were built')
    t.same(deadBelow(cold.pid), [], 'what prepared the start is gone')
    t.equal(await cold.stop(), 0, 'SIGTERM to npm ends it with 0')
    await t.rejects(fetch(`http://127.0.0.1:${port.http}/healthz`), 'and nothing is left behind')

    const warm = await start(clone, config)
    t.equal(warm.ready ? '' : warm.output(), '', 'becomes ready again')
    t.notMatch(warm.output(), /Installing|Built/, 'a second start has nothing to prepare')
    t.equal(await warm.stop(), 0)
  },
)

/** Copies what a clone of this tree would hold. */
function copyTree(target: string): void {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0')
  for (const file of files) {
    if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(target, file))
  }
}

async function writeConfig(folder: string) {
  const port = await freePorts()
  const config = join(folder, 'test-config.yaml')
  const settings = {
    public_address: '127.0.0.1',
    web: { https_port: port.https, http_port: port.http },
    rtc: { udp_port: port.media, tcp_port: port.media, workers: 1 },
    turn: { port: port.turn, tls_port: 0 },
  }
  writeFileSync(config, stringify(settings))
  return { config, port }
}

type Started = Readonly<{
  pid: number
  ready: boolean
  lacksPackages: boolean
  output: () => string
  stop: () => Promise<number | null>
}>

/** Runs `npm start` with the machine's own Node and only what npm has in its cache. */
async function start(clone: string, config: string): Promise<Started> {
  const ownBin = join(root, 'node_modules/.bin')
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ownBin)
  const env = { ...process.env, PATH: path.join(delimiter), npm_config_offline: 'true' }
  const args = ['start', '--', '--config', config, '--data-dir', join(clone, 'test-data')]
  const child = spawn('npm', args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGTERM'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ready = await Promise.race([readyLine(child), once(child, 'close').then(() => false)])
  return {
    pid: child.pid ?? 0,
    ready,
    lacksPackages: /ENOTCACHED/.test(output),
    output: () => output,
    stop: () => stop(child),
  }
}

/** The names of processes below one that have ended and whose end nobody took note of. */
function deadBelow(pid: number): readonly string[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' })
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  const below = (parent: string): string[][] =>
    rows.filter(([, ppid]) => ppid === parent).flatMap((row) => [row, ...below(row[0] ?? '')])
  return below(`${pid}`).flatMap(([, , stat, name]) => (stat?.startsWith('Z') ? [`${name}`] : []))
}

function readyLine(child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<boolean> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/"msg":"ready"/.test(line)) resolve(true)
    })
  })
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  return code
}
