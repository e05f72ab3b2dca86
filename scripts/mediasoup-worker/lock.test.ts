import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withLock } from './lock.ts'

const quiet = () => undefined

t.test('lets one at a time do the work and says that the other waits', async (t) => {
  const path = join(t.testdir({}), 'lock')
  const order: string[] = []
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  writeFileSync(path, String(holder.pid))
  await withLock(
    path,
    (line) => {
      order.push(line)
      holder.kill()
    },
    async () => order.push('worked'),
  )
  t.match(order, [/another start \(process \d+\) is at it already/, 'worked'])
  t.notOk(existsSync(path), 'and leaves no lock behind')
})

t.test('takes over the lock of a process that is gone', async (t) => {
  const path = join(t.testdir({}), 'lock')
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(path, String(pid))
  t.equal(await withLock(path, quiet, async () => 'worked'), 'worked')
})

t.test('gives the lock back when the work fails', async (t) => {
  const path = join(t.testdir({}), 'lock')
  await t.rejects(
    withLock(path, quiet, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  t.notOk(existsSync(path))
})
