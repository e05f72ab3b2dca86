import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { needs } from '../../../scripts/test-needs.ts'
import { Ring } from './ring.ts'
import { MIDNIGHT_MS } from './test/sample-points.ts'

const program = join(import.meta.dirname, 'test/keep-history.ts')

t.test('outlives a SIGKILL, but for the step that had begun', async (t) => {
  const folder = join(t.testdir(), 'history')
  const child = spawn(process.execPath, [program, folder, '0', '3', 'stay'])
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface(child.stdout), 'line')
  t.match(JSON.parse(line), { points: 18 })
  const rows = async () => {
    const ring = new Ring({ stepMs: 10_000, rows: 26 * 360 })
    t.equal(ring.load(await readFile(join(folder, '10-seconds.ring'))), undefined)
    return ring.between(MIDNIGHT_MS, MIDNIGHT_MS + 180_000).length
  }
  while ((await rows()) < 17) await setImmediate()
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.match(keep(folder, 3, 1), [{ points: 17 + 6 }])
  t.match(keep(folder, 60, 1), [{ points: 17 + 12 }], 'and the next start has all of it')
})

t.test(
  'goes on in memory on a full and on a read-only disk',
  { skip: needs('netns') },
  async (t) => {
    const disk = t.testdir()
    const script = [
      `mount -t tmpfs -o size=3m none ${disk}`,
      `exec 3>&1; run() { ${process.execPath} ${program} ${disk}/history "$@"; echo; }`,
      'run 0 2',
      `mount -o remount,size=30m ${disk}`,
      'run 2 2',
      `mount -o remount,ro ${disk}`,
      'run 4 2',
    ].join('\n')
    const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-ec', script])
    t.equal(String(stderr), '')
    const [full, roomy, readOnly] = String(stdout)
      .split('\n\n')
      .map((text) =>
        text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      )
    const unwritable = /cannot be kept on the disk/
    t.match(full, [{ why: /ENOSPC/, message: unwritable }, { points: 12 }])
    t.equal(roomy?.length, 1, 'nothing is wrong when there is room')
    const had = roomy?.at(-1).points
    t.match(
      readOnly,
      [{ why: /EROFS/, message: unwritable }, { points: had + 12 }],
      'what is there is read',
    )
  },
)

function keep(folder: string, first: number, minutes: number): readonly object[] {
  const args = [program, folder, `${first}`, `${minutes}`]
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
