import type { LifecycleErrorCode } from './lifecycle/error-codes.ts'

/** Every code an operator can meet at start; stable, because scripts and documentation name them. */
export type ApplianceErrorCode =
  | 'CONFIG_NOT_FOUND'
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_SYNTAX'
  | 'CONFIG_INVALID'
  | 'DATA_DIR_UNUSABLE'
  | 'SECRETS_UNREADABLE'
  | 'CERTIFICATE_UNREADABLE'
  | 'CERTIFICATE_INVALID'
  | 'ACME_UNREACHABLE'
  | 'ACME_REFUSED'
  | 'ACME_CHALLENGE_FAILED'
  | 'ACME_ACCOUNT_UNREADABLE'
  | 'PUBLIC_ADDRESS_UNRESOLVED'
  | 'WEB_PORT_IN_USE'
  | 'MEDIA_PORT_IN_USE'
  | 'TURN_PORT_IN_USE'
  | 'WORKER_UNUSABLE'
  | 'SERVICE_FAILED'
  | 'TUNE_NEEDS_ROOT'
  | 'TUNE_NOT_POSSIBLE'
  | 'TUNE_STATE_UNREADABLE'
  | 'TUNE_FAILED'
  | 'FIREWALL_NEEDS_ROOT'
  | 'FIREWALL_FAILED'
  | 'FIREWALL_SHUTS_SSH'
  | LifecycleErrorCode
  | 'CONSOLE_NEEDS_TERMINAL'
  | 'CONSOLE_NEEDS_ROOT'
  | 'CONSOLE_ACTION_FAILED'
  | 'HOST_NAME_NOT_SET'
  | 'NETWORK_NOT_CHANGED'
  | 'CONFIG_NOT_TAKEN'
  | 'TIME_SERVERS_NOT_SET'

/**
 * Something an operator can cause and repair: raised at start or by a command, never by the network.
 * `message` says what is wrong, `fix` what to do about it.
 */
export class ApplianceError extends Error {
  readonly code: ApplianceErrorCode
  readonly fix: string

  constructor(code: ApplianceErrorCode, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ApplianceError'
    this.code = code
    this.fix = fix
  }
}

/** Names the system's error code (`ENOENT`, `EACCES` ...) of a caught value, or `undefined`. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Returns the message of a caught value, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
