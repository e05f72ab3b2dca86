import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { DenyProbeRow, Status, TurnSelfTest } from '#api'
import type { TurnEngine, TurnEngineStats } from '#turn'
import { wasGranted } from '../health/deny-probe.ts'
import type { CertificateLife } from '../tls/certificate-words.ts'

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
}>

type Labels = Readonly<Record<string, string>>
type Row = readonly [labels: Labels, value: number]
type Kind = 'gauge' | 'counter'
type Metric = Readonly<{ name: string; help: string; labels?: readonly string[]; kind?: Kind }>

const PREFIX = 'callbox_'

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
  const registry = new Registry()
  const add = (metric: Metric, rows: () => readonly Row[]) => register(registry, metric, rows)
  addTurn(add, sources)
  addSelfTest(add, sources)
  addCalls(add, sources)
  addMachine(add, sources)
  addCertificate(add, sources)
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

type Add = (metric: Metric, rows: () => readonly Row[]) => void

function register(
  registry: Registry,
  { name, help, labels = [], kind = 'gauge' }: Metric,
  rows: () => readonly Row[],
): void {
  const options = { name: PREFIX + name, help, labelNames: [...labels], registers: [registry] }
  if (kind === 'gauge') {
    const gauge: Gauge = new Gauge({
      ...options,
      collect() {
        gauge.reset()
        for (const [labels, value] of rows()) gauge.set(labels, value)
      },
    })
    return
  }
  const counter: Counter = new Counter({
    ...options,
    collect() {
      counter.reset()
      for (const [labels, value] of rows()) counter.inc(labels, value)
    },
  })
}

function addTurn(add: Add, { turn }: MetricsSources): void {
  add(
    {
      name: 'turn_allocations',
      help: 'Relays in use; one with both IP versions counts in each',
      labels: ['transport', 'family'],
    },
    () => countAllocations(turn),
  )
  add(trafficMetric('bytes', 'Relayed payload in bytes'), () => trafficRows(turn.stats(), 'bytes'))
  add(trafficMetric('packets', 'Relayed packets'), () => trafficRows(turn.stats(), 'packets'))
  add(
    {
      name: 'turn_rejections_total',
      help: 'Error responses',
      labels: ['code', 'reason'],
      kind: 'counter',
    },
    () =>
      turn
        .stats()
        .rejections.map(({ code, why, count }) => [{ code: `${code}`, reason: why }, count]),
  )
  add(
    { name: 'turn_drops_total', help: 'Packets not relayed', labels: ['reason'], kind: 'counter' },
    () => Object.entries(turn.stats().dropsByReason).map(([reason, count]) => [{ reason }, count]),
  )
  for (const [name, help, count] of turnCounters) {
    add({ name, help, kind: 'counter' }, () => [[{}, count(turn.stats())]])
  }
  add({ name: 'turn_workers', help: 'TURN processes that serve' }, () => [
    [{}, turn.stats().workers.running],
  ])
}

const turnCounters: readonly (readonly [string, string, (stats: TurnEngineStats) => number])[] = [
  ['turn_denied_peers_total', 'Refusals by the peer policy', (stats) => stats.deniedPeers],
  ['turn_auth_failures_total', 'Requests with a wrong signature', (stats) => stats.authFailures],
  ['turn_send_errors_total', 'Datagrams the system did not take', (stats) => stats.sendErrors],
  [
    'turn_slow_client_drops_total',
    'Messages dropped because a client on TCP or TLS does not read',
    (stats) => stats.droppedForSlowClients,
  ],
  ['turn_bugs_total', 'Inputs that broke an invariant', (stats) => stats.bugs],
  [
    'turn_worker_restarts_total',
    'TURN processes started again after a crash',
    (stats) => stats.workers.restarts,
  ],
]

function trafficMetric(unit: 'bytes' | 'packets', help: string): Metric {
  const labels = ['direction', 'transport']
  return { name: `turn_${unit}_total`, help, labels, kind: 'counter' }
}

function trafficRows({ traffic }: TurnEngineStats, unit: 'bytes' | 'packets'): readonly Row[] {
  return Object.entries(traffic).flatMap(([transport, { fromClients, toClients }]): Row[] => [
    [{ direction: 'from_clients', transport }, fromClients[unit]],
    [{ direction: 'to_clients', transport }, toClients[unit]],
  ])
}

function countAllocations(turn: Pick<TurnEngine, 'allocations'>): readonly Row[] {
  const counts = { udp: { 4: 0, 6: 0 }, tcp: { 4: 0, 6: 0 }, tls: { 4: 0, 6: 0 } }
  for (const { client, relayed } of turn.allocations()) {
    for (const { family } of relayed) counts[client.transport][family] += 1
  }
  return Object.entries(counts).flatMap(([transport, { 4: ipv4, 6: ipv6 }]): Row[] => [
    [{ transport, family: 'ipv4' }, ipv4],
    [{ transport, family: 'ipv6' }, ipv6],
  ])
}

function addSelfTest(add: Add, { selfTest, probe }: MetricsSources): void {
  add(
    {
      name: 'relay_self_test_ok',
      help: '1 where the last self-test went through that door and back',
      labels: ['door'],
    },
    () => selfTest().results.map(({ transport, ok }) => [{ door: transport }, ok ? 1 : 0]),
  )
  add(
    {
      name: 'relay_self_test_rtt_seconds',
      help: 'Round trip of the last self-test',
      labels: ['door'],
    },
    () =>
      selfTest().results.flatMap(({ transport, rttMs }): Row[] =>
        rttMs === undefined ? [] : [[{ door: transport }, rttMs / 1000]],
      ),
  )
  add({ name: 'relay_self_test_timestamp_seconds', help: 'When the last self-test ended' }, () => {
    const { atMs } = selfTest()
    return atMs === undefined ? [] : [[{}, atMs / 1000]]
  })
  add(
    {
      name: 'relay_deny_probes',
      help: 'Addresses of our own deny list that the last probe asked for',
      labels: ['outcome'],
    },
    () => {
      const rows = probe()
      const refused = rows.filter((row) => row.refused).length
      const granted = rows.filter(wasGranted).length
      return [
        [{ outcome: 'refused' }, refused],
        [{ outcome: 'granted' }, granted],
        [{ outcome: 'unasked' }, rows.length - refused - granted],
      ]
    },
  )
}

function addCalls(add: Add, { status }: MetricsSources): void {
  add({ name: 'rooms', help: 'Calls that run' }, () => [[{}, status().rooms.length]])
  add({ name: 'participants', help: 'People in calls' }, () => [[{}, status().participants]])
  add({ name: 'tracks', help: 'Published tracks that are not muted', labels: ['kind'] }, () =>
    Object.entries(status().tracks.active).map(([kind, count]) => [{ kind }, count]),
  )
}

function addMachine(add: Add, { status }: MetricsSources): void {
  add({ name: 'info', help: 'The version that runs', labels: ['version'] }, () => [
    [{ version: status().version }, 1],
  ])
  add({ name: 'service_up', help: '1 where a service can serve', labels: ['service'] }, () =>
    status().services.map(({ name, ok }) => [{ service: name }, ok ? 1 : 0]),
  )
  add({ name: 'cpu_busy_ratio', help: 'Busy share of all cores' }, () => [
    [{}, status().cpu.totalPercent / 100],
  ])
  add({ name: 'memory_used_bytes', help: 'Memory in use on the machine' }, () => [
    [{}, status().memory.usedBytes],
  ])
  add(
    {
      name: 'udp_receive_buffer_errors_total',
      help: 'Datagrams that the kernel dropped for want of buffer, of all programs',
      kind: 'counter',
    },
    () => [[{}, status().kernel.udpReceiveBufferErrors]],
  )
}

function addCertificate(add: Add, { certificate, order }: MetricsSources): void {
  add({ name: 'certificate_left_seconds', help: 'Time until the certificate expires' }, () => {
    const life = certificate()
    return life === undefined ? [] : [[{}, Math.round((life.validUntilMs - Date.now()) / 1000)]]
  })
  add(
    { name: 'certificate_info', help: 'Where the certificate came from', labels: ['source'] },
    () => {
      const life = certificate()
      return life === undefined ? [] : [[{ source: life.source }, 1]]
    },
  )
  add({ name: 'acme_failures', help: 'Orders of a certificate that failed in a row' }, () => {
    const ordering = order()
    return ordering === undefined ? [] : [[{}, ordering.failures]]
  })
  add(
    { name: 'acme_next_attempt_timestamp_seconds', help: 'When a certificate is ordered next' },
    () => {
      const atMs = order()?.nextAttemptMs
      return atMs === undefined ? [] : [[{}, atMs / 1000]]
    },
  )
}
