import { openManagerSocket, type SendToManager } from './notify-socket.ts'

/** What the service manager is told about this process (sd_notify(3)). */
export interface ServiceManager {
  /** It serves; `status` is the line that `systemctl status` shows. */
  ready(status: string): Promise<void>
  /** Its configuration is being read again; `ready` ends that. */
  reloading(): Promise<void>
  /** It stops, and may take so long. */
  stopping(withinMs: number): Promise<void>
  /** It lives. */
  beat(): Promise<void>
  /** Within what time a beat is expected; `undefined` where none is. */
  readonly watchdogMs: number | undefined
}

/** What a service manager may need of its process. */
export type NotifyOptions = Readonly<{
  env: NodeJS.ProcessEnv
  pid: number
  /** Microseconds of the monotonic clock. */
  monotonicUs: () => bigint
  /** Told why a message did not arrive; the appliance goes on without. */
  onError: (error: unknown) => void
  /** Opens the socket that `NOTIFY_SOCKET` names. */
  open?: (name: string) => SendToManager
}>

/** Talks to the service manager that started this process; to nobody where none did. */
export function createServiceManager(options: NotifyOptions): ServiceManager {
  const { env, pid, monotonicUs, onError, open = (name) => openManagerSocket(name) } = options
  const send = senderFor(env['NOTIFY_SOCKET'], open, onError)
  return {
    ready: (status) => send('READY=1', `STATUS=${oneLine(status)}`),
    reloading: () =>
      send('RELOADING=1', `MONOTONIC_USEC=${monotonicUs()}`, 'STATUS=Reading the configuration'),
    stopping: (withinMs) =>
      send(
        'STOPPING=1',
        'STATUS=Ending calls and connections',
        `EXTEND_TIMEOUT_USEC=${Math.ceil(withinMs * 1000)}`,
      ),
    beat: () => send('WATCHDOG=1'),
    watchdogMs: watchdogMs(env, pid),
  }
}

function senderFor(
  name: string | undefined,
  open: (name: string) => SendToManager,
  onError: (error: unknown) => void,
): (...lines: readonly string[]) => Promise<void> {
  if (name === undefined || name === '') return async () => undefined
  let send: SendToManager | undefined
  return async (...lines) => {
    try {
      send ??= open(name)
      await send(lines.join('\n'))
    } catch (error) {
      onError(error)
    }
  }
}

/** `WATCHDOG_PID` says whom it is for, if not for whoever has it (sd_watchdog_enabled(3)). */
function watchdogMs(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const us = Number(env['WATCHDOG_USEC'])
  const isOurs = ['', `${pid}`].includes(env['WATCHDOG_PID'] ?? '')
  return isOurs && Number.isSafeInteger(us) && us > 0 ? us / 1000 : undefined
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
