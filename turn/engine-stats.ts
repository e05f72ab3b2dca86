import type { TurnEngineStats } from './turn-engine.ts'

const noPackets = { packets: 0, bytes: 0 }
const noTraffic = { fromClients: noPackets, toClients: noPackets }

/** The counters of an engine to which nothing has happened. */
export const noEngineStats: TurnEngineStats = {
  allocations: 0,
  byTransport: { udp: 0, tcp: 0, tls: 0 },
  byFamily: { 4: 0, 6: 0 },
  traffic: { udp: noTraffic, tcp: noTraffic, tls: noTraffic },
  receivedBytes: 0,
  sentBytes: 0,
  rejectionsByCode: {},
  rejections: [],
  authFailures: 0,
  dropsByReason: {},
  deniedPeers: 0,
  sendErrors: 0,
  droppedForSlowClients: 0,
  bugs: 0,
  workers: { running: 0, restarts: 0 },
}
