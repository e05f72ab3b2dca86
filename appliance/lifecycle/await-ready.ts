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
  /** The start of before, which is to end; it proves nothing. */
  before?: string | undefined
  /** How long it has to be ready without a break or another start. */
  stableMs: number
  /** How long it may take from its start on. */
  limitMs: number
}>

/** Whether it became ready, else why not, in words. */
export type ReadyOutcome = Readonly<{ ok: true } | { ok: false; why: string }>

const POLL_MS = 500

/** Where it ended so often by itself, another start will not do either. */
const MOST_RESTARTS = 2

/** How long its start may take to begin: at boot it waits for the network and the clock. */
const BEGIN_LIMIT_MS = 300_000

/** Waits until the appliance is ready and stays so, or gives up: at the limit, or when it ends again and again. */
export async function awaitReady(options: ReadyOptions): Promise<ReadyOutcome> {
  const { clock, stableMs, limitMs } = options
  const isLate = limitFrom(clock.monotonicMs(), limitMs)
  let ready: ReadySince | undefined
  for (;;) {
    const look = await lookOnce(options)
    if (look.gaveUp) return { ok: false, why: look.why }
    const nowMs = clock.monotonicMs()
    ready = readySince(ready, look, nowMs)
    if (ready !== undefined && nowMs - ready.sinceMs >= stableMs) return { ok: true }
    if (isLate(look.begun, nowMs)) return { ok: false, why: tooLate(look, limitMs) }
    await clock.wait(POLL_MS)
  }
}

type ReadySince = Readonly<{ startId: string; sinceMs: number }>

function readySince(
  ready: ReadySince | undefined,
  { startId, why }: Look,
  nowMs: number,
): ReadySince | undefined {
  if (why !== '') return undefined
  return ready?.startId === startId ? ready : { startId, sinceMs: nowMs }
}

/** Counts from the moment when the start began, or else from now on, with a limit of its own. */
function limitFrom(fromMs: number, limitMs: number): (begun: boolean, nowMs: number) => boolean {
  let endMs: number | undefined
  return (begun, nowMs) => {
    if (begun) endMs ??= nowMs + limitMs
    return nowMs >= (endMs ?? fromMs + BEGIN_LIMIT_MS)
  }
}

function tooLate({ begun, why }: Look, limitMs: number): string {
  const seconds = Math.round((begun ? limitMs : BEGIN_LIMIT_MS) / 1000)
  return `${why === '' ? 'it did not stay ready' : why} within ${seconds} s`
}

type Look = Readonly<{ startId: string; begun: boolean; gaveUp: boolean; why: string }>

async function lookOnce({ service, readiness, excused, before }: ReadyOptions): Promise<Look> {
  const { phase, startId, restarts } = await service.state()
  const begun = phase !== 'stopped' && startId !== before
  const look = (why: string, gaveUp = false): Look => ({ startId, begun, gaveUp, why })
  if (phase === 'failed') return look('the service failed and systemd gave it up', true)
  if (!begun) return look('the service did not start')
  if (restarts >= MOST_RESTARTS) return look(`it ended ${restarts} times by itself`, true)
  if (phase === 'starting') return look('the service did not become active')
  const answer = await readiness()
  if (answer === undefined) return look('it did not answer')
  const bad = answer.services.filter(({ name, ok }) => !ok && !excused.includes(name))
  const names = bad.map(({ name, detail }) => (detail === '' ? name : `${name} (${detail})`))
  return look(bad.length === 0 ? '' : `it was not ready: ${names.join(', ')}`)
}
