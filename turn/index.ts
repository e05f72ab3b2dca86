export type { ClientTarget } from './client/client-link.ts'
export { type ClientLogin, TurnClient, TurnRequestError } from './client/turn-client.ts'
export { createTurnCluster, type TurnClusterOptions } from './cluster/cluster-engine.ts'
export { createTurnEngine } from './engine.ts'
export type { Endpoint, TurnEngineOptions } from './engine-options.ts'
export { TurnError, type TurnErrorCode } from './errors.ts'
export { canonicalAddress } from './net/canonical-address.ts'
export { loadFfi } from './net/kernel/load-ffi.ts'
export type { Log } from './net/log.ts'
export type { PeerAlias } from './net/peer-aliases.ts'
export type { ProxyHeader } from './net/proxy-header.ts'
export { createProxyList, type ProxyList } from './net/proxy-list.ts'
export { readProxyHeader } from './net/read-proxy-header.ts'
export { sourceOf } from './net/source-of.ts'
export { connectionName, tlsPolicy, turnAlpn } from './net/tls-handshakes.ts'
export { type DenyProbe, denyProbes, type OwnPort } from './probe/deny-list.ts'
export { type IssuedCredentials, issueCredentials } from './server/credentials.ts'
export { denialAdvice } from './server/denial-advice.ts'
export type { DeniedPeerRow } from './server/denied-peers.ts'
export { defaultLimits, type Limits } from './server/limits.ts'
export type { TurnStats } from './server/turn-io.ts'
export type {
  AllocationRow,
  CertificatePair,
  ListeningAddress,
  PacketCount,
  PeerRanges,
  TurnCredentials,
  TurnEngine,
  TurnEngineStats,
} from './turn-engine.ts'
