import type { Endpoint } from './engine-options.ts'
import type { Places } from './server/quotas.ts'

/** What an engine shares with others of the same server. */
export type EngineSurroundings = Readonly<{
  /** Who counts relay sockets; an engine alone counts its own. */
  places?: Places
  /** The part of the relay ports that is this engine's to choose from. */
  relayPorts?: Readonly<{ min: number; max: number }>
  /** A bound UDP socket to listen with, by file descriptor; undefined to bind one. */
  inheritedFd?: (at: Endpoint) => number | undefined
  /** An allocation came or went. */
  onAllocationsChanged?: () => void
}>
