import type { AlertChannel } from '#api'
import type { AlertMessage } from '../message.ts'

/** A way for alerts to people. */
export interface Channel {
  readonly name: string
  readonly kind: AlertChannel['kind']
  /** The host it leads to, with nothing secret. */
  readonly target: string
  /** Tries once, for a limited time or until `signal`; answers what the other side said. Throws `ChannelFault`. */
  send(message: AlertMessage, signal: AbortSignal): Promise<string>
}

/** Why a channel did not take a message, without anything secret; a final one is not tried again. */
export class ChannelFault extends Error {
  override readonly name = 'ChannelFault'
  readonly isFinal: boolean

  constructor(message: string, isFinal: boolean) {
    super(message)
    this.isFinal = isFinal
  }
}
