/** The version that clients may gate features on: the LiveKit release whose protocol is spoken. */
export const protocolCompatibleVersion = '1.13.1'
/** The signal protocol's version that all supported clients speak. */
export const signalProtocol = 17
/** The oldest version of the signal protocol that is accepted. */
export const oldestSignalProtocol = 9

/** Sizes and numbers that a client may reach, and no more. */
export const clientLimits = {
  identityCharacters: 256,
  roomNameCharacters: 256,
  tokenCharacters: 16 * 1024,
  pendingTracks: 20,
  sdpCharacters: 512 * 1024,
  sections: 128,
  trackTextCharacters: 256,
  layers: 8,
  subscriptionRules: 1_000,
  /** Metadata and attributes with more characters are large notes. */
  smallNotesCharacters: 16 * 1024,
  dataPacketBytes: 64_000,
  /** Reliable messages kept for somebody whose channel is not open yet. */
  earlyDataBytes: 256 * 1024,
} as const

/** Data that one sender may pass on, in messages and in bytes. */
export const dataRates = {
  messages: { perSecond: 1_000, burst: 4_000 },
  bytes: { perSecond: 8 * 1024 * 1024, burst: 16 * 1024 * 1024 },
  /** Milliseconds that reading and rewriting may take: a few bytes of a crafted packet make many objects. */
  effort: { perSecond: 100, burst: 1_000 },
} as const

/** Times of the signal protocol. */
export const signalTimes = {
  pingIntervalSeconds: 5,
  pingTimeoutSeconds: 15,
  /** An offer that is not answered in this time ends the session. */
  negotiationMs: 15_000,
  /** A participant without a signal connection stays this long. */
  withoutSignalMs: 30_000,
  refreshTokenMs: 300_000,
  firstRefreshTokenMs: 1_000,
  /** Changes of participants are gathered this long into one message. */
  gatherMs: 20,
  /** The same for those who carry large notes, which each change takes to everybody. */
  gatherLargeMs: 1_000,
  /** Changes of the room's counts, which cost the more the more people are in it. */
  gatherRoomMs: 250,
} as const
