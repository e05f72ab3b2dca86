import { spawnSync } from 'node:child_process'
import t from 'tap'
import { needs } from '../../scripts/test-needs.ts'
import { sampleMetrics } from './test/sample-metrics.ts'
import { fullStatus } from './test/sample-status.ts'

const metrics = sampleMetrics()

/** Lines that the sample gives, without our prefix. */
const LINES = [
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
  'uptime_seconds 3600',
  'health{level="warn"} 1',
  'health{level="bad"} 0',
  'alert_firing{alert="loss",severity="warning"} 1',
  'alert_firing{alert="disk",severity="critical"} 0',
  'tracks_published 4',
  'participants_by_path{path="turn-tls"} 1',
  'participants_by_path{path="connecting"} 3',
  'participants_by_ip_version{version="ipv4"} 2',
  'quality_loss_ratio{direction="up",percentile="95"} 0.04',
  'quality_loss_ratio{direction="down",percentile="50"} 0',
  'quality_jitter_seconds{direction="up",percentile="50"} 0.004',
  'quality_rtt_seconds{direction="down",percentile="95"} 0.085',
  'connection_attempts 40',
  'connection_failures 3',
  'connection_time_seconds{percentile="95"} 2.1',
  'capacity{for="screens"} 12',
  'admission{state="no-video"} 1',
  'admission{state="all"} 0',
  'admission_refusals_total{what="video"} 5',
  'cpu_steal_ratio 0.02',
  'cpu_softirq_ratio 0.04',
  'core_busy_ratio{core="1"} 0.3',
  'core_steal_ratio{core="0"} 0.01',
  'core_softirq_ratio{core="1"} 0.05',
  'load_average 1.5',
  'process_cpu_ratio{kind="media",number="2"} 0.12',
  'process_resident_bytes{kind="turn",number="1"} 61000000',
  'process_rooms{kind="media",number="1"} 1',
  'memory_size_bytes 8000000000',
  'disk_free_bytes 14000000000',
  'network_bytes_per_second{direction="sent"} 2000',
  'network_packets_per_second{direction="received"} 10',
  'network_link_bytes_per_second 125000000',
  'udp_send_buffer_errors_total 8',
  'udp_no_ports_total 7',
  'socket_drops_total{port="8443"} 6',
  'socket_queued_bytes{port="8443"} 256',
  'softnet_dropped_total 5',
  'softnet_squeezed_total 4',
  'conntrack_entries 180',
  'conntrack_limit 262144',
  'open_files 64',
  'relay_ports_used 3',
  'relay_ports_limit 16384',
  'socket_buffer_limit_bytes{buffer="send"} 212993',
]

t.test('tells the figures of relay, calls and machine', async (t) => {
  const text = await metrics()
  for (const line of LINES) {
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
  t.notMatch(await metrics(), /anna|garden|192\.0\.2\.1|10\.0\.0|471\d|calls\.example/)
})

t.test('leaves out what is not measured, rather than to call it 0', async (t) => {
  const unmeasured = { lossPercent: undefined, jitterMs: undefined, rttMs: undefined }
  const { capacity, connects, kernel, network } = fullStatus
  const text = await sampleMetrics(() => ({
    ...fullStatus,
    quality: { up: unmeasured, down: unmeasured },
    connects: { ...connects, connectMs: undefined },
    capacity: { ...capacity, listeners: undefined },
    disk: undefined,
    kernel: { ...kernel, conntrack: undefined },
    network: { ...network, linkBitsPerSecond: undefined },
  }))()
  t.notMatch(text, /^callbox_(quality_\w+|connection_time_seconds)\{/m)
  t.notMatch(text, /^callbox_(disk_free_bytes|conntrack_limit|network_link_bytes_per_second) /m)
  t.notOk(text.includes('for="listeners"'))
  t.ok(text.includes('for="speakers"'))
})

t.test('is what Prometheus reads without complaint', { skip: needs('promtool') }, async (t) => {
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: await metrics() })
  t.equal(String(checked.stderr) + String(checked.stdout), '')
  t.equal(checked.status, 0)
})
