import fc from 'fast-check'
import t from 'tap'
import type { Status } from '#api'
import { alertRules } from './rules.ts'
import { newStanding, step } from './standing.ts'
import { LEVELS, type Moment, quiet, RuleScene, START_MS } from './test/alert-scene.ts'

const base = quiet(START_MS)
const status = (more: Partial<Status>) => (): Moment => ({ status: more })
const busy = (totalPercent: number) => status({ cpu: { ...base.cpu, totalPercent } })
const lossy = (p95: number) =>
  status({
    quality: { ...base.quality, up: { ...base.quality.up, lossPercent: { p50: 0, p95 } } },
  })
const slow = (p95: number) =>
  status({
    quality: { ...base.quality, down: { ...base.quality.down, rttMs: { p50: 1, p95 } } },
  })
const worker = { kind: 'media', pid: 101, cpuPercent: 1, rssBytes: 1 } as const
const kernel = (more: Partial<Status['kernel']>) => status({ kernel: { ...base.kernel, ...more } })
const paths = (udp: number, tls: number) =>
  status({ paths: { ...base.paths, udp, 'turn-tls': tls } })

t.test('nothing fires on a quiet appliance', async (t) => {
  for (const { id } of alertRules(LEVELS)) {
    t.match(new RuleScene(id).pass(700), /^(ok|unknown)$/, id)
  }
})

t.test('each rule fires by what it says, and is resolved when that is over', async (t) => {
  const cases: readonly (readonly [id: string, wrong: () => Moment, shown: RegExp])[] = [
    ['cpu', busy(90), /^90 %$/],
    ['loss', lossy(5.1), /^5\.1 %$/],
    ['rtt', slow(412), /^412 ms$/],
    [
      'connect',
      status({ connects: { attempts: 40, failures: 4, connectMs: undefined } }),
      /10 % \(4 of 40\)/,
    ],
    ['steal', status({ cpu: { ...base.cpu, stealPercent: 12 } }), /^12 %$/],
    ['media-worker', status({ processes: [{ ...worker, cpuPercent: 95 }] }), /95 %/],
    ['conntrack', kernel({ conntrack: { count: 90, max: 100 } }), /90 %/],
    ['disk', status({ disk: { totalBytes: 100, freeBytes: 9 } }), /91 %/],
    ['relay-ports', kernel({ relayPorts: { used: 81, total: 100 } }), /81 %/],
    ['certificate', status({ certificateDaysLeft: 13 }), /13 days left/],
    ['address', () => ({ foundAddress: '192.0.2.1' }), /198.51.100.7 became 192.0.2.1/],
    ['clock', () => ({ isClockSynchronized: false }), /not synchronized/],
    ['service', status({ services: [{ name: 'web', ok: false, detail: '' }] }), /^web$/],
  ]
  for (const [id, wrong, shown] of cases) {
    const scene = new RuleScene(id)
    const { forMs, clearMs } = scene.rule
    scene.pass(10)
    t.not(scene.pass(forMs / 1000, wrong), 'firing', `${id} takes its time`)
    t.equal(scene.pass(60, wrong), 'firing', `${id} fires`)
    t.match(scene.shown, shown, id)
    t.equal(scene.pass(clearMs / 1000), 'firing', `${id} is not resolved at once`)
    t.match(scene.pass(70), /^(ok|unknown)$/, `${id} is resolved`)
  }
})

t.test('counters fire by their rise, not by what they stand at', async (t) => {
  const rising: [string, (count: number) => () => Moment][] = [
    ['udp-errors', (count) => kernel({ udpReceiveBufferErrors: 100 + count })],
    ['softnet', (count) => kernel({ softnetDropped: 7 + count })],
    [
      'turn-refused',
      (count) =>
        status({ turn: { ...base.turn, rejections: [{ code: 486, why: 'quota', count }] } }),
    ],
  ]
  for (const [id, after] of rising) {
    const scene = new RuleScene(id)
    t.equal(scene.pass(100, after(0)), 'ok', id)
    t.equal(scene.pass(1, after(3)), 'firing', id)
    t.match(scene.shown, /^3 in the last/)
    t.equal(scene.pass(590, after(3)), 'firing', `${id} is told for a while`)
    t.equal(scene.pass(100, after(3)), 'ok', id)
  }
  const other = new RuleScene('turn-refused')
  const unsigned = { code: 401, why: 'not signed', count: 9 }
  other.pass(10)
  t.equal(other.pass(5, status({ turn: { ...base.turn, rejections: [unsigned] } })), 'ok')
})

t.test('a worker that ends is told, one that was started is not', async (t) => {
  const scene = new RuleScene('worker')
  const [main, media, turn] = base.processes
  if (!main || !media || !turn) throw new Error('the sample has three processes')
  scene.pass(10)
  t.equal(scene.pass(5, status({ processes: [main, media, turn, { ...turn, pid: 9 }] })), 'ok')
  t.equal(scene.pass(5, status({ processes: [] })), 'ok', 'a system that does not tell')
  t.equal(scene.pass(1, status({ processes: [main, media, { ...turn, pid: 4 }] })), 'firing')
  t.equal(scene.pass(620, status({ processes: [main, media, { ...turn, pid: 4 }] })), 'ok')
})

t.test('twice as many relays as in the hour before fire, few people do not', async (t) => {
  const scene = new RuleScene('relay-share')
  t.match(scene.pass(1800, paths(8, 2)), 'ok')
  t.match(scene.pass(600, paths(3, 7)), 'firing')
  t.equal(scene.shown.startsWith('70 %'), true, scene.shown)
  t.equal(new RuleScene('relay-share').pass(1800, paths(1, 3)), 'unknown')
})

t.test('levels are what the configuration says', async (t) => {
  const scene = new RuleScene('cpu', { ...LEVELS, cpuPercent: 95 })
  t.equal(scene.pass(400, busy(90)), 'ok')
  t.match(scene.rule.condition, /busier than 95 %/)
})

t.test('a value that wavers around its level changes an alert at most once', async (t) => {
  const noisy = fc.array(fc.double({ min: 2, max: 4.4, noNaN: true }), {
    minLength: 900,
    maxLength: 900,
  })
  fc.assert(
    fc.property(noisy, (series) => {
      const scene = new RuleScene('loss')
      const states = series.map((loss) => scene.pass(1, lossy(loss)) === 'firing')
      return states.filter((state, index) => index > 0 && state !== states[index - 1]).length <= 1
    }),
    { numRuns: 20 },
  )
  t.pass()
})

t.test('an alert whose figure is gone is resolved, and no clock set back holds it', async (t) => {
  const scene = new RuleScene('loss')
  t.equal(scene.pass(120, lossy(9)), 'firing')
  t.equal(scene.pass(60), 'firing')
  t.equal(scene.pass(90), 'unknown')
  const { rule } = new RuleScene('cpu')
  const over = { value: 90, shown: '' }
  let standing = step(rule, newStanding(5_000_000), over, 5_000_000)
  standing = step(rule, standing, over, 1_000_000)
  t.equal(step(rule, standing, over, 1_000_000 + rule.forMs).state, 'firing')
})
