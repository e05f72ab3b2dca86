import type { TurnEngine, TurnEngineStats } from '#turn'
import type { Add, Metric, Row } from './registry.ts'

/** Adds what the TURN server counts. */
export function addTurn(add: Add, turn: Pick<TurnEngine, 'stats' | 'allocations'>): void {
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
