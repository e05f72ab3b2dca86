/** What an operator can get wrong, by stable name. */
export type TurnErrorCode =
  | 'TURN_PORT_IN_USE'
  | 'TURN_PORT_FORBIDDEN'
  | 'TURN_ADDRESS_NOT_AVAILABLE'
  | 'TURN_LISTEN_FAILED'
  | 'TURN_BAD_CIDR'
  | 'TURN_BAD_OPTION'
  | 'TURN_BAD_CERTIFICATE'

/** Raised at start; `code` is stable, the message says which option and what to do. */
export class TurnError extends Error {
  readonly code: TurnErrorCode

  constructor(code: TurnErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'TurnError'
    this.code = code
  }
}

const causes: ReadonlyMap<string, readonly [TurnErrorCode, string]> = new Map([
  ['EADDRINUSE', ['TURN_PORT_IN_USE', 'is in use; stop what holds it or change OPTION']],
  ['EACCES', ['TURN_PORT_FORBIDDEN', 'may not be bound by this user; choose OPTION above 1023']],
  [
    'EADDRNOTAVAIL',
    ['TURN_ADDRESS_NOT_AVAILABLE', 'is no address of this machine; check what turn listens on'],
  ],
])

/** Explains why a listener could not be bound. */
export function listenError(
  transport: 'udp' | 'tcp' | 'tls',
  address: Readonly<{ ip: string; port: number }>,
  cause: unknown,
): TurnError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const [code, advice] = causes.get(reason) ?? ['TURN_LISTEN_FAILED', `failed: ${reason}`]
  const option = transport === 'tls' ? 'turn.tls_port' : 'turn.port'
  const what = advice.replace('OPTION', option)
  return new TurnError(code, `${transport} ${address.ip}:${address.port} ${what}`, cause)
}
