/** Error codes this server answers with (RFC 8489 §14.8, RFC 8656 §19, RFC 6062 §6.3). */
export const errorCodes = {
  badRequest: 400,
  unauthenticated: 401,
  forbidden: 403,
  unknownAttribute: 420,
  allocationMismatch: 437,
  staleNonce: 438,
  addressFamilyNotSupported: 440,
  wrongCredentials: 441,
  unsupportedTransport: 442,
  peerAddressFamilyMismatch: 443,
  connectionAlreadyExists: 446,
  connectionTimeoutOrFailure: 447,
  allocationQuotaReached: 486,
  insufficientCapacity: 508,
} as const
