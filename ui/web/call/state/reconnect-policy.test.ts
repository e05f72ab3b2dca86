import t from 'tap'
import { createReconnectPolicy } from './reconnect-policy.ts'

t.test('tries at once, then every few seconds, and gives up after three minutes', async (t) => {
  const policy = createReconnectPolicy(() => 0.5)
  const delays: number[] = []
  let elapsedMs = 0
  for (let retryCount = 0; ; retryCount++) {
    const delay = policy.nextRetryDelayInMs({ elapsedMs, retryCount })
    if (delay === null) break
    delays.push(delay)
    elapsedMs += delay
  }
  t.same(delays.slice(0, 5), [0, 800, 1700, 3200, 3500])
  t.equal(Math.max(...delays), 3500)
  t.ok(elapsedMs > 180_000 && elapsedMs < 184_000, `${elapsedMs} ms`)
})

t.test('spreads the returns of those who lost the connection at the same moment', async (t) => {
  const delayWith = (random: number) =>
    createReconnectPolicy(() => random).nextRetryDelayInMs({ elapsedMs: 0, retryCount: 4 })
  t.same([delayWith(0), delayWith(1)], [3000, 4000])
})
