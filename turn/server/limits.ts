/** Everything a stranger or a client could make grow, and how far. */
export type Limits = Readonly<{
  /** Allocations and reserved ports at once, all users. */
  allocations: number
  /** Allocations and reserved ports at once, one user id. A browser makes one per network interface and ICE server. */
  allocationsPerUser: number
  /** Permissions per allocation. */
  permissions: number
  /** Channel bindings per allocation. */
  channels: number
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
  permissions: 256,
  channels: 64,
  recentAnswers: 8192,
  unauthenticatedAnswersPerSecond: 50,
  unauthenticatedAnswersBurst: 250,
  wrongCredentialsPerMinute: 60,
}
