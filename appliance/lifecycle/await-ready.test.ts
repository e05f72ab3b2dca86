import t from 'tap'
import { awaitReady, type Readiness } from './await-ready.ts'
import type { ServiceState } from './service-control.ts'
import { movedClock } from './test/fake-host.ts'

const STARTED: ServiceState = { phase: 'active', startId: '2', restarts: 0, runs: undefined }
const READY: Readiness = { services: [{ name: 'relay', ok: true, detail: '' }] }

/** What the service is, and answers, at a moment in seconds; how the waiting for it ended, and when. */
async function waitFor(
  stateAt: (seconds: number) => Partial<ServiceState>,
  answerAt: (seconds: number) => Readiness | undefined = () => READY,
  excused: readonly string[] = [],
) {
  const clock = movedClock(0)
  const seconds = () => clock.monotonicMs() / 1000
  const outcome = await awaitReady({
    service: { state: async () => ({ ...STARTED, ...stateAt(seconds()) }) },
    clock,
    readiness: async () => answerAt(seconds()),
    excused,
    before: '1',
    stableMs: 10_000,
    limitMs: 60_000,
  })
  return { ...outcome, seconds: seconds() }
}

t.test('believes ten seconds without a break', async (t) => {
  t.match(await waitFor(() => ({})), { ok: true, seconds: 10 })
  const late = (seconds: number) => (seconds < 7 ? undefined : READY)
  t.match(await waitFor(() => ({}), late), { ok: true, seconds: 17 })
  const break_ = (seconds: number) => (seconds === 8 ? undefined : READY)
  t.match(await waitFor(() => ({}), break_), { ok: true, seconds: 18.5 })
})

t.test('begins anew when the service does', async (t) => {
  const again = (seconds: number) => ({ startId: seconds < 9 ? '2' : '3', restarts: 1 })
  t.match(await waitFor(again), { ok: true, seconds: 19 })
})

t.test('believes nothing of the process of before', async (t) => {
  const slow = (seconds: number) => ({ startId: seconds < 20 ? '1' : '2' })
  t.match(await waitFor(slow), { ok: true, seconds: 30 })
  const never = await waitFor(() => ({ startId: '1' }))
  t.match(never, { ok: false, why: 'the service did not start within 300 s' })
})

t.test('counts the limit from the moment when the start begins', async (t) => {
  const state = (seconds: number): Partial<ServiceState> => ({
    phase: seconds < 100 ? 'stopped' : seconds < 150 ? 'starting' : 'active',
  })
  t.match(await waitFor(state), { ok: true, seconds: 160 })
  const hangs = await waitFor(() => ({ phase: 'starting' }))
  t.match(hangs, { ok: false, seconds: 60, why: 'the service did not become active within 60 s' })
})

t.test('gives up early on what ends again and again, or was given up', async (t) => {
  const loop = (seconds: number): Partial<ServiceState> => ({
    phase: 'starting',
    restarts: Math.floor(seconds / 5),
  })
  t.match(await waitFor(loop), { ok: false, seconds: 10, why: 'it ended 2 times by itself' })
  t.match(await waitFor(() => ({ phase: 'failed' })), { ok: false, seconds: 0, why: /gave it up/ })
})

t.test('names what is not ready, and passes over what was not ready before', async (t) => {
  const answer = { services: [...READY.services, { name: 'sfu', ok: false, detail: 'no worker' }] }
  const outcome = await waitFor(
    () => ({}),
    () => answer,
  )
  t.match(outcome, { ok: false, why: 'it was not ready: sfu (no worker) within 60 s' })
  t.match(
    await waitFor(
      () => ({}),
      () => answer,
      ['sfu'],
    ),
    { ok: true },
  )
})
