import t from 'tap'
import { createServiceManager } from './notify.ts'

function createManager(env: NodeJS.ProcessEnv, refusal?: Error) {
  const sent: string[] = []
  const errors: unknown[] = []
  const manager = createServiceManager({
    env,
    pid: 77,
    monotonicUs: () => 123_456n,
    onError: (error) => errors.push(error),
    open: (name) => async (message) => {
      if (refusal) throw refusal
      sent.push(`${name} ${message}`)
    },
  })
  return { manager, sent, errors }
}

t.test('says what systemd wants to hear, in its words (sd_notify(3))', async (t) => {
  const { manager, sent } = createManager({ NOTIFY_SOCKET: '@s' })
  await manager.ready('serves at\nhttps://calls.example.org')
  await manager.reloading()
  await manager.beat()
  await manager.stopping(20_000)
  t.same(sent, [
    '@s READY=1\nSTATUS=serves at https://calls.example.org',
    '@s RELOADING=1\nMONOTONIC_USEC=123456\nSTATUS=Reading the configuration',
    '@s WATCHDOG=1',
    '@s STOPPING=1\nSTATUS=Ending calls and connections\nEXTEND_TIMEOUT_USEC=20000000',
  ])
})

t.test('says nothing where nobody listens, and goes on where nothing arrives', async (t) => {
  for (const env of [{}, { NOTIFY_SOCKET: '' }]) {
    const { manager, sent } = createManager(env)
    await manager.ready('')
    t.same(sent, [])
  }
  const refusal = new Error('sendto: errno 111')
  const { manager, errors } = createManager({ NOTIFY_SOCKET: '@s' }, refusal)
  await manager.ready('')
  t.same(errors, [refusal])
})

t.test('knows the time of the watchdog that is its own', async (t) => {
  const cases = [
    [{ WATCHDOG_USEC: '30000000' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '77' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '78' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
    [{}, undefined],
  ] as const
  for (const [env, expected] of cases) t.equal(createManager(env).manager.watchdogMs, expected)
})
