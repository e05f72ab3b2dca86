import type { Clock } from './host.ts'
import type { ServiceControl } from './service-control.ts'

/** How the appliance's own services are. */
export type Readiness = Readonly<{
  services: readonly Readonly<{ name: string; ok: boolean; detail: string }>[]
}>

/** What it takes to be ready. */
export type ReadyOptions = Readonly<{
  service: Pick<ServiceControl, 'state'>
  clock: Clock
  /** Asks the appliance; `undefined` while it does not answer. */
  readiness: () => Promise<Readiness | undefined>
  /** Services that are not asked for, as they were not ready before either. */
  excused: readonly string[]
  /** How long it has to be ready without a break or another start. */
  stableMs: number
  /** How long all of it may take. */
  limitMs: number
}>

/** Whether it became ready, else why not, in words. */
export type ReadyOutcome = Readonly<{ ok: true } | { ok: false; why: string }>

const POLL_MS = 500

/** Waits until the appliance is ready and stays so, or gives up: at the limit, or when systemd has given up. */
export async function awaitReady(options: ReadyOptions): Promise<ReadyOutcome> {
  const { clock, stableMs, limitMs } = options
  const endMs = clock.nowMs() + limitMs
  let ready: Readonly<{ startId: string; sinceMs: number }> | undefined
  for (;;) {
    const { startId, gaveUp, why } = await lookOnce(options)
    if (gaveUp) return { ok: false, why }
    const nowMs = clock.nowMs()
    ready = why === '' ? { startId, sinceMs: nowMs, ...same(ready, startId) } : undefined
    if (ready !== undefined && nowMs - ready.sinceMs >= stableMs) return { ok: true }
    if (nowMs >= endMs) return { ok: false, why: tooLate(why, limitMs) }
    await clock.wait(POLL_MS)
  }
}

function same<T extends { startId: string }>(ready: T | undefined, startId: string): T | undefined {
  return ready?.startId === startId ? ready : undefined
}

function tooLate(why: string, limitMs: number): string {
  return `${why === '' ? 'it did not stay ready' : why} within ${Math.round(limitMs / 1000)} s`
}

type Look = Readonly<{ startId: string; gaveUp: boolean; why: string }>

async function lookOnce({ service, readiness, excused }: ReadyOptions): Promise<Look> {
  const { active, failed, startId } = await service.state()
  if (failed) return { startId, gaveUp: true, why: 'the service failed and systemd gave it up' }
  if (!active) return { startId, gaveUp: false, why: 'the service did not become active' }
  const answer = await readiness()
  if (answer === undefined) return { startId, gaveUp: false, why: 'it did not answer' }
  const bad = answer.services.filter(({ name, ok }) => !ok && !excused.includes(name))
  const names = bad.map(({ name, detail }) => (detail === '' ? name : `${name} (${detail})`))
  const why = bad.length === 0 ? '' : `it was not ready: ${names.join(', ')}`
  return { startId, gaveUp: false, why }
}
