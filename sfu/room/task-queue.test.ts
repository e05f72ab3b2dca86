import t from 'tap'
import { TaskQueue } from './task-queue.ts'

t.test('runs one task at a time in their order, also after one that failed', async (t) => {
  const queue = new TaskQueue()
  const log: string[] = []
  const first = Promise.withResolvers<void>()
  const one = queue.run(async () => {
    log.push('one begins')
    await first.promise
    log.push('one ends')
    throw new Error('one failed')
  })
  const two = queue.run(() => {
    log.push('two')
    return 2
  })
  t.equal(queue.length, 2)
  first.resolve()
  await t.rejects(one, /one failed/)
  t.equal(await two, 2)
  t.same(log, ['one begins', 'one ends', 'two'])
  t.equal(queue.length, 0)
})
