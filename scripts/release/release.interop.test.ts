import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { freePorts } from '../../appliance/test/free-ports.ts'
import { needs } from '../test-needs.ts'

t.setTimeout(240_000)

const build = join(import.meta.dirname, 'build.ts')
const skip = needs('worker', 'zstd')

function buildInto(folder: string): string {
  const out = execFileSync(process.execPath, [build, '--out', folder], { encoding: 'utf8' })
  return out.trim()
}

function outFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'callbox-release-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

t.test(
  'makes the same bundle of the same tree, and nothing of it needs the tree',
  { skip },
  async (t) => {
    const [first, second] = [outFolder(t), outFolder(t)]
    const bundle = buildInto(first)
    const again = buildInto(second)
    t.equal(basename(again), basename(bundle), 'the id tells the content')
    const hashOf = (folder: string) =>
      readFileSync(`${folder}-linux-${process.arch}.tar.zst.sha256`, 'utf8')
    t.equal(hashOf(again), hashOf(bundle), 'the archive is the same, byte for byte')
    const files = execFileSync('find', [bundle, '-type', 'f'], { encoding: 'utf8' })
    const own = files.split('\n').filter((file) => !file.includes('/node_modules/'))
    t.same(
      own.filter((file) => /\.test\.tsx?$|\/test\//.test(file)),
      [],
      'holds no tests',
    )
    t.notMatch(
      files,
      /node_modules\/(typescript|tap|esbuild|livekit-client)\//,
      'and nothing that only builds',
    )
    t.ok(existsSync(join(bundle, 'scripts/install.sh')), 'brings its installer')
    await startsFrom(t, bundle)
  },
)

/** With an empty environment, from another folder, on the bundle's own Node and worker. */
async function startsFrom(t: Test, bundle: string): Promise<void> {
  const data = outFolder(t)
  const { https, http, media, turn, tls } = await freePorts()
  const node = join(bundle, `node_modules/node-linux-${process.arch}/bin/node`)
  const child = spawn(node, [join(bundle, 'appliance/main.ts'), 'start', '--data-dir', data], {
    cwd: data,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      MEDIASOUP_WORKER_BIN: join(bundle, 'mediasoup-worker'),
      CALLBOX_CONFIG: '',
      CALLBOX_PUBLIC_ADDRESS: '127.0.0.1',
      CALLBOX_WEB__HTTPS_PORT: String(https),
      CALLBOX_WEB__HTTP_PORT: String(http),
      CALLBOX_RTC__UDP_PORT: String(media),
      CALLBOX_RTC__TCP_PORT: String(media),
      CALLBOX_RTC__WORKERS: '1',
      CALLBOX_TURN__PORT: String(turn),
      CALLBOX_TURN__TLS_PORT: String(tls),
    },
  })
  t.equal(await untilReady(child), true, 'starts')
  const page = await fetch(`http://127.0.0.1:${http}/admin`)
  t.match(await page.text(), /<!doctype html>/i, 'and serves its pages')
  t.equal((await fetch(`http://127.0.0.1:${http}/readyz`)).status, 200)
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
}

async function untilReady(child: ChildProcess): Promise<boolean> {
  if (!child.stdout) return false
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).msg === 'ready') {
      child.stdout.resume()
      return true
    }
  }
  return false
}
