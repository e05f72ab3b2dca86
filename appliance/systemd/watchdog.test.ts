import { mock } from 'node:test'
import t from 'tap'
import { deservesToLive, startWatchdog } from './watchdog.ts'

t.test('beats four times in the time of the watchdog, while all is well', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  let beats = 0
  let isWell = true
  const manager = { watchdogMs: 20_000, beat: async () => void beats++ }
  const stop = startWatchdog(manager, () => isWell)
  t.equal(beats, 1, 'at once')
  mock.timers.tick(20_000)
  t.equal(beats, 5)
  isWell = false
  mock.timers.tick(20_000)
  t.equal(beats, 5)
  isWell = true
  mock.timers.tick(5_000)
  t.equal(beats, 6)
  stop()
  mock.timers.tick(20_000)
  t.equal(beats, 6)
})

t.test('beats for nobody where there is no watchdog', async (t) => {
  let beats = 0
  startWatchdog({ watchdogMs: undefined, beat: async () => void beats++ }, () => true)()
  t.equal(beats, 0)
})

t.test('ends a process that does not serve, and none for what a start does not mend', async (t) => {
  const health = (name: string, ok: boolean) => ({ name, ok, detail: '' })
  t.ok(deservesToLive([health('web', true), health('relay', false)]))
  t.notOk(deservesToLive([health('sfu', false), health('relay', true)]))
  t.ok(
    deservesToLive([{ ...health('sfu', false), serves: true }]),
    'one media worker of two is left',
  )
})
