export { createTurnEngine } from './engine.ts'
export type { Endpoint, TurnEngineOptions } from './engine-options.ts'
export { TurnError, type TurnErrorCode } from './errors.ts'
export type { Log } from './net/log.ts'
export type { PeerAlias } from './net/peer-aliases.ts'
export { type DenyProbe, denyProbes, type OwnPort } from './probe/deny-list.ts'
export { type IssuedCredentials, issueCredentials } from './server/credentials.ts'
export { denialAdvice } from './server/denial-advice.ts'
export { defaultLimits, type Limits } from './server/limits.ts'
export type { TurnStats } from './server/turn-io.ts'
export type {
  AllocationRow,
  CertificatePair,
  DeniedPeerRow,
  ListeningAddress,
  PacketCount,
  PeerRanges,
  TransportTraffic,
  TurnCredentials,
  TurnEngine,
  TurnEngineStats,
} from './turn-engine.ts'
