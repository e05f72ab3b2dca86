import type { Endpoint } from './engine-options.ts'
import type { FlowListener } from './server/flow.ts'
import type { Places } from './server/quotas.ts'

/** What an engine shares with others of its server and of its process. */
export type EngineSurroundings = Readonly<{
  /** Who counts relay sockets; an engine alone counts its own. */
  places?: Places
  /** The part of the relay ports that is this engine's to choose from. */
  relayPorts?: Readonly<{ min: number; max: number }>
  /** A bound UDP socket to listen with, by file descriptor; undefined to bind one. */
  inheritedFd?: (at: Endpoint) => number | undefined
  /** An allocation came or went. */
  onAllocationsChanged?: () => void
  /** Is told every change of the flow table, for a fast path beside the engine; rows stay the engine's, and live. */
  onFlow?: FlowListener
}>
