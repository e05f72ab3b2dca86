import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { silentLog } from '../net/log.ts'
import { type FakeWorker, fakeSpawn } from './fake-worker.ts'
import { WorkerSlot, type WorkerSlotOptions } from './worker-slot.ts'

const listening = [{ transport: 'udp', ip: '127.0.0.1', port: 3478 }] as const
const sockets = [{ ip: '127.0.0.1', port: 3478, fd: 20 }]

function startSlot(t: Test, changes: Partial<WorkerSlotOptions> = {}) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { spawn, workers } = fakeSpawn()
  const seen = {
    gone: 0,
    messages: [] as string[],
    errors: [] as string[],
    notes: [] as string[],
    realm: 'first',
  }
  const slot = new WorkerSlot({
    number: 1,
    sockets,
    spawn,
    startMessage: () => ({
      options: {
        listen: { udp: [], tcp: [] },
        relay: { ip: '127.0.0.1', announcedIp: '127.0.0.1', portMin: 1, portMax: 2 },
        realm: seen.realm,
        secrets: [],
        ownMedia: [],
      },
      relaySlice: { min: 1, max: 2 },
      debug: false,
    }),
    log: {
      ...silentLog,
      error: (_facts, message) => seen.errors.push(message),
      info: (_facts, message) => seen.notes.push(message),
    },
    onMessage: ({ type }) => seen.messages.push(type),
    onGone: () => {
      seen.gone++
    },
    ...changes,
  })
  const started = slot.start()
  const worker = (i: number): FakeWorker => {
    const found = workers[i]
    if (!found) throw new Error(`worker ${i} was not started`)
    return found
  }
  return { slot, started, workers, worker, seen }
}

t.test('starts a worker with its sockets and hands on where it listens', async (t) => {
  const { slot, started, worker } = startSlot(t)
  t.notOk(slot.serving)
  t.match(worker(0).told, [
    { type: 'start', sockets: [{ ip: '127.0.0.1', port: 3478, fd: 4 }], relaySlice: { min: 1 } },
  ])
  worker(0).say({ type: 'ready', listening })
  t.same(await started, listening)
  t.ok(slot.serving)
})

t.test('rejects with the error of a worker that cannot start, and lets it be', async (t) => {
  const { started, workers, worker, seen } = startSlot(t)
  worker(0).say({ type: 'failed', code: 'TURN_PORT_IN_USE', message: 'udp 127.0.0.1:1 is in use' })
  worker(0).exit('code 0')
  await t.rejects(started, { code: 'TURN_PORT_IN_USE', message: /in use/ })
  mock.timers.tick(60_000)
  t.equal(workers.length, 1)
  t.equal(seen.gone, 1)
})

t.test('rejects when a worker dies before it is ready', async (t) => {
  const { started, worker } = startSlot(t)
  worker(0).exit('SIGSEGV')
  await t.rejects(started, { message: /before it was ready: SIGSEGV/ })
})

t.test('ends a worker that does not become ready', async (t) => {
  const { started, worker } = startSlot(t)
  mock.timers.tick(15_000)
  t.ok(worker(0).killed)
  worker(0).exit('SIGKILL')
  await t.rejects(started)
})

t.test('starts a worker that died again with what holds then, after 250 ms', async (t) => {
  const { slot, started, workers, worker, seen } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  worker(0).exit('SIGKILL')
  t.equal(seen.gone, 1)
  t.notOk(slot.serving)
  seen.realm = 'second'
  mock.timers.tick(249)
  t.equal(workers.length, 1)
  mock.timers.tick(1)
  t.match(worker(1).told, [{ type: 'start', options: { realm: 'second' } }])
  t.equal(slot.restarts, 1)
  t.same(seen.notes, [])
  worker(1).say({ type: 'ready', listening })
  t.same(seen.notes, ['TURN worker serves again'])
  slot.send({ type: 'disconnect', allocation: '1' })
  t.same(worker(1).toldTypes, ['start', 'disconnect'])
})

t.test(
  'misses nothing that changes between the start message of a worker and its service',
  async (t) => {
    const { slot, started, worker } = startSlot(t)
    worker(0).say({ type: 'ready', listening })
    await started
    worker(0).exit('SIGKILL')
    const credentials = { secrets: ['new'], users: new Map() }
    slot.send({ type: 'credentials', credentials: { ...credentials, secrets: ['old'] } })
    mock.timers.tick(250)
    slot.send({ type: 'credentials', credentials })
    worker(1).say({ type: 'ready', listening })
    t.match(worker(1).told, [{ type: 'start' }, { type: 'credentials', credentials }])
  },
)

t.test('waits twice as long after each death, up to 30 s', async (t) => {
  const { started, workers, worker } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  for (const pauseMs of [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const last = workers.length
    worker(last - 1).exit('code 1')
    mock.timers.tick(pauseMs - 1)
    t.equal(workers.length, last)
    mock.timers.tick(1)
    t.equal(workers.length, last + 1)
  }
})

t.test('begins with the short pause again after a stable while', async (t) => {
  const { started, workers, worker } = startSlot(t, { timing: { stableMs: -1 } })
  worker(0).say({ type: 'ready', listening })
  await started
  for (let deaths = 1; deaths < 5; deaths++) {
    worker(deaths - 1).exit('code 1')
    mock.timers.tick(250)
    t.equal(workers.length, deaths + 1)
  }
})

t.test('ends a worker that leaves four signs of life unanswered, and no other', async (t) => {
  const { started, worker } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  for (let beat = 0; beat < 20; beat++) {
    mock.timers.tick(2_500)
    worker(0).say({ type: 'pong' })
  }
  t.notOk(worker(0).killed)
  for (let beat = 0; beat < 4; beat++) mock.timers.tick(2_500)
  t.notOk(worker(0).killed)
  mock.timers.tick(2_500)
  t.ok(worker(0).killed)
})

t.test('does not believe the dead: their last words come late', async (t) => {
  const { started, worker, seen } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  worker(0).exit('SIGKILL')
  worker(0).say({ type: 'releasePlaces', request: { userId: 'a', clientIp: '::1', places: 1 } })
  mock.timers.tick(250)
  worker(0).say({ type: 'ready', listening })
  t.same(seen.messages, [])
})

t.test('outlives a message that makes no sense', async (t) => {
  const { started, worker, seen } = startSlot(t, {
    onMessage: () => {
      throw new Error('no such place')
    },
  })
  worker(0).say({ type: 'ready', listening })
  await started
  worker(0).say({ type: 'releasePlaces', request: { userId: 'a', clientIp: '::1', places: 1 } })
  t.same(seen.errors, ['bug in the TURN engine'])
})

t.test('writes what a dying process leaves behind to the log', async (t) => {
  const { started, worker, seen } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  worker(0).write('FATAL ERROR: out of memory')
  t.same(seen.errors, ['TURN worker wrote past its log'])
})

t.test('tries again later when the system has no room for a process', async (t) => {
  const { spawn, workers } = fakeSpawn()
  let room = true
  const { started, seen } = startSlot(t, {
    spawn: (...args) => {
      if (!room) throw new Error('spawn ENOMEM')
      return spawn(...args)
    },
  })
  workers[0]?.say({ type: 'ready', listening })
  await started
  room = false
  workers[0]?.exit('SIGKILL')
  mock.timers.tick(250)
  t.equal(workers.length, 1)
  t.same(seen.errors, ['TURN worker ended', 'TURN worker ended'])
  room = true
  mock.timers.tick(500)
  t.equal(workers.length, 2)
})

t.test('closes: asks, then ends by force, and starts nothing any more', async (t) => {
  const { slot, started, workers, worker } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  const closed = slot.close('the end')
  t.same(worker(0).told.at(-1), { type: 'close', reason: 'the end' })
  mock.timers.tick(1_999)
  t.notOk(worker(0).killed)
  mock.timers.tick(1)
  t.ok(worker(0).killed)
  worker(0).exit('SIGKILL')
  await closed
  mock.timers.tick(60_000)
  t.equal(workers.length, 1)
})

t.test('closes while it waits to start again', async (t) => {
  const { slot, started, workers, worker } = startSlot(t)
  worker(0).say({ type: 'ready', listening })
  await started
  worker(0).exit('SIGKILL')
  await slot.close('the end')
  mock.timers.tick(60_000)
  t.equal(workers.length, 1)
})
