/** Every code of this folder's errors; stable, because scripts, documentation and callers name them. */
export type MediaErrorCode =
  /** A media port is taken by another program; raised at start. */
  | 'MEDIA_PORT_IN_USE'
  /** A listen address is not one of this machine's; raised at start. */
  | 'MEDIA_ADDRESS_UNUSABLE'
  /** The mediasoup worker program is missing or does not start. */
  | 'MEDIA_WORKER_UNUSABLE'
  /** No media worker is alive, and none came back in time. */
  | 'MEDIA_NO_WORKER'
  /** The plane, room, transport or producer that was asked is closed, perhaps since the call began. */
  | 'MEDIA_CLOSED'
  /** mediasoup refuses what the client described. */
  | 'MEDIA_REFUSED'

/** What the media plane throws. `fix` tells an operator what to do; `undefined` where there is nothing. */
export class MediaError extends Error {
  readonly code: MediaErrorCode
  readonly fix: string | undefined

  constructor(code: MediaErrorCode, message: string, more: { fix?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'MediaError'
    this.code = code
    this.fix = more.fix
  }
}

/** Turns a caught value into the `MediaError` of a request to something that may have closed meanwhile. */
export function requestError(error: unknown, what: string, isClosed: boolean): MediaError {
  if (error instanceof MediaError) return error
  const code = isClosed ? 'MEDIA_CLOSED' : 'MEDIA_REFUSED'
  return new MediaError(code, `${what}: ${messageOf(error)}`, { cause: error })
}

/** Returns the message of a caught value, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
