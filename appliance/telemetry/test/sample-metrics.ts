import type { AlertStatus, Status, TurnSelfTest } from '#api'
import type { AllocationRow, TurnEngineStats } from '#turn'
import { createMetrics } from '../metrics.ts'
import { fullStatus } from './sample-status.ts'

const packets = { packets: 3, bytes: 480 }
const none = { packets: 0, bytes: 0 }
const quiet = { fromClients: none, toClients: none }
const address = (family: 4 | 6) => ({ family, ip: family === 4 ? '192.0.2.1' : '::1', port: 1 })

const stats = {
  traffic: { udp: quiet, tcp: quiet, tls: { fromClients: packets, toClients: none } },
  rejections: [{ code: 403, why: 'a "reason" with \\ and\nlines', count: 2 }],
  dropsByReason: { 'no permission': 4 },
  deniedPeers: 5,
  authFailures: 6,
  sendErrors: 7,
  droppedForSlowClients: 8,
  bugs: 0,
  workers: { running: 2, restarts: 1 },
} as unknown as TurnEngineStats

const allocation = {
  userId: 'anna',
  client: { transport: 'tls', client: address(4), server: address(4) },
  relayed: [address(4), address(6)],
} as unknown as AllocationRow

const selfTest: TurnSelfTest = {
  atMs: 5000,
  running: false,
  results: [
    { transport: 'udp', ok: true, rttMs: 0.5, problem: undefined, fix: undefined },
    { transport: 'tls', ok: false, rttMs: undefined, problem: 'p', fix: 'f' },
  ],
}

const rule: AlertStatus = {
  id: 'loss',
  title: 'anna loses packets',
  severity: 'warning',
  condition: '',
  state: 'firing',
  sinceMs: 0,
  value: '4 %',
  text: '',
  fix: '',
  silencedUntilMs: undefined,
}
const alerts: readonly AlertStatus[] = [
  rule,
  { ...rule, id: 'disk', severity: 'critical', state: 'pending' },
]

/** Metrics of a server to which everything has happened that they tell of. */
export function sampleMetrics(status: () => Status = () => fullStatus): () => Promise<string> {
  return createMetrics({
    status,
    turn: { stats: () => stats, allocations: () => [allocation] },
    selfTest: () => selfTest,
    probe: () => [
      { name: 'a', address: '10.0.0.1:9', asked: true, refused: true, detail: '' },
      { name: 'b', address: '10.0.0.2:9', asked: true, refused: true, detail: '' },
      { name: 'c', address: '10.0.0.3:9', asked: true, refused: false, detail: '' },
      { name: 'd', address: '10.0.0.4:9', asked: false, refused: false, detail: '' },
    ],
    certificate: () => ({
      source: 'files',
      validFromMs: 0,
      validUntilMs: Date.now() + 30 * 86_400_000,
    }),
    order: () => ({ failures: 2, nextAttemptMs: 1_800_000_000_000 }),
    alerts: () => alerts,
  })
}
