import { performance } from 'node:perf_hooks'
import t from 'tap'
import type { FiveTuple } from '../protocol/transport-address.ts'
import type { AllocationId, Now, TurnInput, TurnOutput } from '../server/turn-io.ts'
import { type DrivenServer, Driver, type Shell } from './driver.ts'
import { silentLog } from './log.ts'

const from: FiveTuple = {
  transport: 'tcp',
  client: { family: 4, ip: '192.0.2.7', port: 7 },
  server: { family: 4, ip: '203.0.113.1', port: 3478 },
}
const input: TurnInput = { type: 'clientMessage', from, bytes: Uint8Array.of(1) }
const allocation = '1' as AllocationId
const bindRelay: TurnOutput = {
  type: 'bindRelay',
  allocation,
  families: [4],
  port: 'any',
  reserveNext: false,
  dontFragment: false,
  userId: 'alice',
  clientIp: '192.0.2.7',
}
const peer = { family: 4, ip: '198.51.100.1', port: 1 } as const

/** A shell that writes down what it is told. */
function recordingShell(): Shell & { done: string[] } {
  const done: string[] = []
  return {
    done,
    sendToClient: () => done.push('sendToClient'),
    sendToPeer: () => done.push('sendToPeer'),
    bindRelay: () => done.push('bindRelay'),
    closeRelay: () => done.push('closeRelay'),
    closeClient: () => done.push('closeClient'),
  }
}

/** An engine that wants certain things done, and does what a test says with inputs and time. */
function engine(parts: Partial<DrivenServer>, outputs: TurnOutput[] = []): DrivenServer {
  return {
    handleInput: () => undefined,
    handleTimeout: () => undefined,
    nextTimeoutMs: () => undefined,
    pollOutput: () => outputs.shift(),
    ...parts,
  }
}

t.test('does everything the engine wants, in order', (t) => {
  const shell = recordingShell()
  const bytes = Uint8Array.of(2)
  const outputs: TurnOutput[] = [
    bindRelay,
    { type: 'sendToClient', to: from, bytes },
    { type: 'event', event: { name: 'requestRejected', code: 400, why: 'because' } },
    { type: 'sendToPeer', allocation, peer, bytes },
    { type: 'closeRelay', allocation },
    { type: 'closeClient', client: from },
  ]
  new Driver(engine({}, outputs), shell, { log: silentLog, rethrow: true }).handle(input)
  t.same(shell.done, ['bindRelay', 'sendToClient', 'sendToPeer', 'closeRelay', 'closeClient'])
  t.end()
})

t.test('logs refused peers for the operator, all other events for who looks for faults', (t) => {
  const lines: (readonly [string, object, string])[] = []
  const log = {
    ...silentLog,
    debug: (facts: object, message: string) => lines.push(['debug', facts, message]),
    info: (facts: object, message: string) => lines.push(['info', facts, message]),
  }
  const denied = { ip: '10.0.0.1', port: 9, reason: 'why', by: 'permission', userId: 'u' } as const
  const outputs: TurnOutput[] = [
    { type: 'event', event: { name: 'requestRejected', code: 403, why: 'because' } },
    { type: 'event', event: { name: 'peerDenied', ...denied } },
  ]
  new Driver(engine({}, outputs), recordingShell(), { log, rethrow: true }).handle(input)
  t.same(lines, [
    ['debug', { code: 403, why: 'because' }, 'requestRejected'],
    ['info', denied, 'a relay refused a peer'],
  ])
  t.end()
})

t.test('wakes the engine when it wants to be woken, not before', async (t) => {
  const wantedMs = performance.now() + 50
  // Timers do not keep the process alive, so the test has to.
  const alive = setInterval(() => undefined, 1000)
  const woken = await new Promise<Now>((resolve) => {
    const pending = [wantedMs]
    const server = engine({
      nextTimeoutMs: () => pending[0],
      handleTimeout: (now) => {
        pending.shift()
        resolve(now)
      },
    })
    new Driver(server, recordingShell(), { log: silentLog, rethrow: true }).handle(input)
  })
  clearInterval(alive)
  // A timer counts whole milliseconds of another clock, so it may be one early; the engine is then asked again.
  t.ok(woken.monotonicMs >= wantedMs - 1, `${woken.monotonicMs} for ${wantedMs}`)
})

t.test('hangs up on the one client whose message breaks an invariant, and goes on', (t) => {
  const shell = recordingShell()
  const errors: object[] = []
  const log = { ...silentLog, error: (facts: object) => errors.push(facts) }
  const outputs: TurnOutput[] = []
  const server = engine(
    {
      handleInput: ({ type }) => {
        if (type === 'clientMessage') throw new Error('an invariant broke')
        outputs.push({ type: 'closeRelay', allocation })
      },
    },
    outputs,
  )
  const driver = new Driver(server, shell, { log, rethrow: false })
  driver.handle(input)
  t.same(shell.done, ['closeClient'])
  t.match(errors, [{ input: 'clientMessage', bytes: '01' }])
  t.equal(driver.bugs, 1)
  driver.handle({ type: 'clientClosed', from })
  t.same(shell.done, ['closeClient', 'closeRelay'])
  driver.close()
  driver.handle({ type: 'clientClosed', from })
  t.equal(shell.done.length, 2, 'a closed driver does nothing')
  t.end()
})

t.test('ends the process instead where tests ask for it', (t) => {
  const server = engine({
    handleInput: () => {
      throw new Error('an invariant broke')
    },
  })
  const driver = new Driver(server, recordingShell(), { log: silentLog, rethrow: true })
  t.throws(() => driver.handle(input), { message: 'an invariant broke' })
  t.end()
})
