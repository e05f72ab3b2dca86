import { spawnSync } from 'node:child_process'
import t from 'tap'
import type { Status, TurnSelfTest } from '#api'
import type { AllocationRow, TurnEngineStats } from '#turn'
import { hasCommand } from '../../scripts/test-needs.ts'
import { createMetrics } from './metrics.ts'

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

const status = {
  version: '1.2.3',
  rooms: [{ name: 'garden', participants: [] }],
  participants: 2,
  tracks: { active: { microphone: 2, camera: 0 }, published: 2 },
  cpu: { totalPercent: 25 },
  memory: { usedBytes: 1000 },
  kernel: { udpReceiveBufferErrors: 9 },
  services: [
    { name: 'turn', ok: true, detail: '' },
    { name: 'relay', ok: false, detail: 'udp: 192.0.2.1' },
  ],
} as unknown as Status

const selfTest: TurnSelfTest = {
  atMs: 5000,
  running: false,
  results: [
    { transport: 'udp', ok: true, rttMs: 0.5, problem: undefined, fix: undefined },
    { transport: 'tls', ok: false, rttMs: undefined, problem: 'p', fix: 'f' },
  ],
}

const metrics = createMetrics({
  status: () => status,
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
})

t.test('tells the figures of relay, calls and machine', async (t) => {
  const text = await metrics()
  for (const line of [
    'turn_allocations{transport="tls",family="ipv4"} 1',
    'turn_allocations{transport="tls",family="ipv6"} 1',
    'turn_allocations{transport="udp",family="ipv4"} 0',
    'turn_bytes_total{direction="from_clients",transport="tls"} 480',
    'turn_packets_total{direction="from_clients",transport="tls"} 3',
    'turn_packets_total{direction="to_clients",transport="udp"} 0',
    'turn_rejections_total{code="403",reason="a \\"reason\\" with \\\\ and\\nlines"} 2',
    'turn_drops_total{reason="no permission"} 4',
    'turn_denied_peers_total 5',
    'turn_auth_failures_total 6',
    'turn_send_errors_total 7',
    'turn_slow_client_drops_total 8',
    'turn_worker_restarts_total 1',
    'turn_workers 2',
    'relay_self_test_ok{door="udp"} 1',
    'relay_self_test_ok{door="tls"} 0',
    'relay_self_test_rtt_seconds{door="udp"} 0.0005',
    'relay_self_test_timestamp_seconds 5',
    'relay_deny_probes{outcome="refused"} 2',
    'relay_deny_probes{outcome="granted"} 1',
    'relay_deny_probes{outcome="unasked"} 1',
    'rooms 1',
    'participants 2',
    'tracks{kind="microphone"} 2',
    'info{version="1.2.3"} 1',
    'service_up{service="relay"} 0',
    'cpu_busy_ratio 0.25',
    'udp_receive_buffer_errors_total 9',
    'certificate_left_seconds 2592000',
  ]) {
    t.ok(text.includes(`\ncallbox_${line}\n`), line)
  }
  t.match(text, /\nprocess_cpu_seconds_total /)
  t.notOk(text.includes('rtt_seconds{door="tls"}'), 'no time where nothing came back')
})

t.test('asks anew at each scrape, and counts nothing twice', async (t) => {
  await metrics()
  t.match(await metrics(), '\ncallbox_turn_denied_peers_total 5\n')
})

t.test('names no user, no address and no room', async (t) => {
  t.notMatch(await metrics(), /anna|garden|192\.0\.2\.1|10\.0\.0/)
})

const skip = hasCommand('promtool') ? false : 'needs promtool (Debian package prometheus)'
t.test('is what Prometheus reads without complaint', { skip }, async (t) => {
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: await metrics() })
  t.equal(String(checked.stderr) + String(checked.stdout), '')
  t.equal(checked.status, 0)
})
