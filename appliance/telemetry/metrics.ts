import { collectDefaultMetrics, Registry } from 'prom-client'
import type { AlertStatus, DenyProbeRow, Status, TurnSelfTest } from '#api'
import type { TurnEngine } from '#turn'
import type { CertificateLife } from '../tls/certificate-words.ts'
import { addCalls } from './metrics/calls.ts'
import { addCertificate } from './metrics/certificate.ts'
import { addHealth } from './metrics/health.ts'
import { addKernel } from './metrics/kernel.ts'
import { addMachine } from './metrics/machine.ts'
import { createRegistry } from './metrics/registry.ts'
import { addSelfTest } from './metrics/self-test.ts'
import { addTurn } from './metrics/turn.ts'

/** Where the numbers come from; each is asked at a scrape, so that nothing is counted twice. */
export type MetricsSources = Readonly<{
  status: () => Status
  turn: Pick<TurnEngine, 'stats' | 'allocations'>
  selfTest: () => TurnSelfTest
  /** The answers of our own deny list. */
  probe: () => readonly DenyProbeRow[]
  /** `undefined` without a certificate. */
  certificate: () => CertificateLife | undefined
  /** `undefined` where no authority is asked for certificates. */
  order: () => Readonly<{ failures: number; nextAttemptMs: number | undefined }> | undefined
  /** The rules that the box judges by itself; none by default. */
  alerts?: () => readonly AlertStatus[]
}>

/** Gauges that prom-client names like counters, which Prometheus' own check refuses. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/**
 * Creates the text of `GET /metrics` (Prometheus text format 0.0.4). No label names a user, an
 * address or a room: their number has no limit, and who calls whom is nobody's business.
 */
export function createMetrics(sources: MetricsSources): () => Promise<string> {
  const { status, turn, selfTest, probe, certificate, order, alerts = () => [] } = sources
  const { registry, add } = createRegistry()
  addHealth(add, status, alerts)
  addCalls(add, status)
  addTurn(add, turn)
  addSelfTest(add, selfTest, probe)
  addMachine(add, status)
  addKernel(add, status)
  addCertificate(add, certificate, order)
  const all = Registry.merge([processMetrics(), registry])
  return () => all.metrics()
}

let ofProcess: Registry | undefined

/** Node's own metrics. They watch the process, so there is one set however often an appliance starts in it. */
function processMetrics(): Registry {
  if (ofProcess !== undefined) return ofProcess
  ofProcess = new Registry()
  collectDefaultMetrics({ register: ofProcess })
  for (const name of MISNAMED) ofProcess.removeSingleMetric(name)
  return ofProcess
}
