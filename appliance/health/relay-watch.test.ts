import t from 'tap'
import type { SelfTestResult } from '#api'
import { createRelayWatch } from './relay-watch.ts'

const works: SelfTestResult = {
  transport: 'udp',
  ok: true,
  rttMs: 0.42,
  problem: undefined,
  fix: undefined,
}
const fails: SelfTestResult = {
  transport: 'udp',
  ok: false,
  rttMs: undefined,
  problem: 'No answer.',
  fix: 'Look.',
}

function watchOf(next: { results: readonly SelfTestResult[]; refused?: boolean }) {
  const lines: string[] = []
  let tests = 0
  const watch = createRelayWatch({
    test: async () => {
      tests += 1
      return next.results
    },
    probe: async () => [
      {
        name: 'private',
        address: '10.0.0.1:9',
        asked: true,
        refused: next.refused ?? true,
        detail: '',
      },
    ],
    log: {
      info: (_fields, message) => lines.push(message),
      warn: (_fields, message) => lines.push(message),
    },
    now: () => 5000,
  })
  return { watch, lines, tests: () => tests }
}

t.test('tests at the start, and is ready when UDP works', async (t) => {
  const { watch } = watchOf({ results: [works, { ...fails, transport: 'tls' }] })
  t.match(watch.service.health(), { ok: false, detail: 'not tested yet' })
  t.same(watch.latest(), { atMs: undefined, running: false, results: [] })
  await watch.service.start()
  t.teardown(() => watch.service.stop(AbortSignal.timeout(1000)))
  t.match(watch.service.health(), { ok: true, detail: 'UDP 0.4 ms; TLS: No answer' })
  t.match(watch.latest(), { atMs: 5000, running: false, results: [works, {}] })
  t.match(watch.probe(), { atMs: 5000, rows: [{ refused: true }] })
})

t.test('a relay that does not work stops no start, and is not ready', async (t) => {
  const { watch, lines } = watchOf({ results: [fails] })
  await watch.service.start()
  t.teardown(() => watch.service.stop(AbortSignal.timeout(1000)))
  t.match(watch.service.health(), { ok: false, detail: 'UDP: No answer' })
  t.same(lines, ['the relay self-test failed'])
})

t.test('tells a problem once, and when it is over', async (t) => {
  const next = { results: [fails] }
  const { watch, lines } = watchOf(next)
  await watch.run()
  await watch.run()
  next.results = [works]
  await watch.run()
  await watch.run()
  t.same(lines, ['the relay self-test failed', 'the relay works again'])
})

t.test('who asks while a test runs waits for that one', async (t) => {
  const { watch, tests } = watchOf({ results: [works] })
  const both = [watch.run(), watch.run()]
  t.equal(watch.latest().running, true)
  await Promise.all(both)
  t.equal(tests(), 1)
  t.equal(watch.latest().running, false)
})

t.test('warns when the relay reaches what it must not', async (t) => {
  const { watch, lines } = watchOf({ results: [works], refused: false })
  await watch.run()
  t.same(lines, ['relays reach what they should not'])
})
