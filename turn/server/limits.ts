/** Everything a stranger or a client could make grow, and how far. */
export type Limits = Readonly<{
  /** Allocations and reserved ports at once, all users. */
  allocations: number
  /** Allocations and reserved ports at once, one user id. A browser makes one per network interface and ICE server. */
  allocationsPerUser: number
  /** The same, one client address (IPv4 address or IPv6 /64); 0 is no limit. */
  allocationsPerAddress: number
  /** Relayed payload each way; beyond a burst of one second it is dropped. 0 is no limit. */
  bytesPerSecondPerAllocation: number
  /** The same for all allocations of one user id, both ways together, judged once a second. */
  bytesPerSecondPerUser: number
  /** Relayed payload of one user id within 24 h, both ways together; beyond it nothing is relayed and new allocations are told 486. 0 is no limit. */
  bytesPerDayPerUser: number
  /** Permissions per allocation. */
  permissions: number
  /** Channel bindings per allocation. */
  channels: number
  /** TCP connections with peers at once, one allocation (RFC 6062). */
  peerConnectionsPerAllocation: number
  /** The same, all allocations; each takes two descriptors. */
  peerConnections: number
  /** Answers kept for retransmitted requests, all clients. */
  recentAnswers: number
  /** Answers a second to one source (IPv4 address, IPv6 /64) that has no allocation and proved no credentials. */
  unauthenticatedAnswersPerSecond: number
  /** The same, saved up while the source is silent. */
  unauthenticatedAnswersBurst: number
  /** Wrong names or passwords a minute from one source; beyond it only right requests are answered. */
  wrongCredentialsPerMinute: number
}>

/** Limits of one appliance that serves some hundred participants. */
export const defaultLimits: Limits = {
  allocations: 8192,
  allocationsPerUser: 32,
  allocationsPerAddress: 0,
  bytesPerSecondPerAllocation: 0,
  bytesPerSecondPerUser: 0,
  bytesPerDayPerUser: 0,
  permissions: 256,
  channels: 64,
  peerConnectionsPerAllocation: 16,
  peerConnections: 1024,
  recentAnswers: 8192,
  unauthenticatedAnswersPerSecond: 50,
  unauthenticatedAnswersBurst: 250,
  wrongCredentialsPerMinute: 60,
}
