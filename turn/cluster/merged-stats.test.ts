import t from 'tap'
import { noEngineStats } from '../engine-stats.ts'
import { countersLeftBehind, mergeDeniedPeers, mergeStats } from './merged-stats.ts'

const udp = (packets: number) => ({
  fromClients: { packets, bytes: packets * 100 },
  toClients: { packets: 0, bytes: 0 },
})

const busy = {
  ...noEngineStats,
  allocations: 2,
  byTransport: { udp: 2, tcp: 0, tls: 0 },
  byFamily: { 4: 2, 6: 1 },
  traffic: { ...noEngineStats.traffic, udp: udp(3) },
  receivedBytes: 10,
  rejectionsByCode: { '401': 2 },
  rejections: [
    { code: 401, why: 'no integrity', count: 1 },
    { code: 401, why: 'wrong', count: 1 },
  ],
  workers: { running: 7, restarts: 7 },
}

t.test('adds up counters of every kind', async (t) => {
  const other = {
    ...noEngineStats,
    traffic: { ...noEngineStats.traffic, udp: udp(4) },
    receivedBytes: 5,
    rejectionsByCode: { '401': 1, '508': 1 },
    rejections: [
      { code: 401, why: 'wrong', count: 1 },
      { code: 508, why: 'full', count: 1 },
    ],
  }
  t.match(mergeStats([busy, other, noEngineStats]), {
    allocations: 2,
    byTransport: { udp: 2 },
    byFamily: { 4: 2, 6: 1 },
    traffic: { udp: udp(7), tcp: udp(0) },
    receivedBytes: 15,
    rejectionsByCode: { '401': 3, '508': 1 },
    rejections: [
      { code: 401, why: 'no integrity', count: 1 },
      { code: 401, why: 'wrong', count: 2 },
      { code: 508, why: 'full', count: 1 },
    ],
    workers: busy.workers,
  })
})

t.test('keeps what a dead engine counted, and not what it had', async (t) => {
  t.match(countersLeftBehind(busy), {
    allocations: 0,
    byTransport: { udp: 0 },
    byFamily: { 4: 0, 6: 0 },
    receivedBytes: 10,
    traffic: { udp: udp(3) },
  })
})

t.test('merges the same refusals, newest first, and keeps the table small', async (t) => {
  const row = (port: number, lastAtMs: number) => ({
    ip: '172.17.0.1',
    port,
    reason: 'special-use',
    by: 'permission' as const,
    userId: 'anna',
    count: 1,
    firstAtMs: lastAtMs - 5,
    lastAtMs,
  })
  t.same(mergeDeniedPeers([[row(1, 10)], [row(2, 30), row(1, 20)]]), [
    row(2, 30),
    { ...row(1, 20), count: 2, firstAtMs: 5 },
  ])
  const many = Array.from({ length: 300 }, (_, i) => row(i + 1, i))
  t.equal(mergeDeniedPeers([many]).length, 256)
})
