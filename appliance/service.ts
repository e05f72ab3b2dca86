import { ApplianceError, type ApplianceErrorCode, messageOf } from './errors.ts'

/**
 * Whether a service can serve; `detail` says why not, or what it has. `serves` is there when it is not well and yet of use
 * to some: to end it would cost them their calls.
 */
export type Health = Readonly<{ ok: boolean; detail: string; serves?: true }>

/** A part of the appliance that is started and stopped with it. */
export interface Service {
  readonly name: string
  start(): Promise<void>
  /** Ends what it does; what is not done when `deadline` aborts is cut. */
  stop(deadline: AbortSignal): Promise<void>
  health(): Health
}

/** Starts the services in order; when one fails, stops it and the started ones and throws its error. */
export async function startServices(services: readonly Service[]): Promise<void> {
  const started: Service[] = []
  for (const service of services) {
    try {
      await service.start()
      started.push(service)
    } catch (error) {
      // The one that failed may hold a port already; this process may try again.
      await stopServices([...started, service], AbortSignal.timeout(5000))
      throw asApplianceError(service.name, error)
    }
  }
}

/** Stops the services in reverse order; one that fails does not keep the others from stopping. */
export async function stopServices(
  services: readonly Service[],
  deadline: AbortSignal,
): Promise<readonly unknown[]> {
  const failures: unknown[] = []
  for (const service of services.toReversed()) {
    try {
      await service.stop(deadline)
    } catch (error) {
      failures.push(error)
    }
  }
  return failures
}

/** The codes under which `turn` and `sfu` refuse to start, as an operator knows them. */
const CODES: ReadonlyMap<string, ApplianceErrorCode> = new Map([
  ['TURN_PORT_IN_USE', 'TURN_PORT_IN_USE'],
  ['MEDIA_PORT_IN_USE', 'MEDIA_PORT_IN_USE'],
  ['MEDIA_WORKER_UNUSABLE', 'WORKER_UNUSABLE'],
  ['TURN_BAD_CIDR', 'CONFIG_INVALID'],
  ['TURN_BAD_OPTION', 'CONFIG_INVALID'],
  ['TURN_BAD_CERTIFICATE', 'CERTIFICATE_INVALID'],
])

/** Turns what a service refuses to start for into ours; a bug stays what it is. */
function asApplianceError(name: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`${name}: ${messageOf(error)}`)
  if (error instanceof ApplianceError || !('code' in error)) return error
  const code = CODES.get(String(error.code)) ?? 'SERVICE_FAILED'
  const fix = 'fix' in error && typeof error.fix === 'string' ? error.fix : ''
  return new ApplianceError(code, error.message, fix, error)
}
