import { ApplianceError, messageOf } from './errors.ts'

/** Whether a service can serve; `detail` says why not, or what it has. */
export type Health = Readonly<{ ok: boolean; detail: string }>

/** A part of the appliance that is started and stopped with it. */
export interface Service {
  readonly name: string
  start(): Promise<void>
  /** Ends what it does; what is not done when `deadline` aborts is cut. */
  stop(deadline: AbortSignal): Promise<void>
  health(): Health
}

/** Starts the services in order; when one fails, stops the started ones and throws its error. */
export async function startServices(services: readonly Service[]): Promise<void> {
  const started: Service[] = []
  for (const service of services) {
    try {
      await service.start()
      started.push(service)
    } catch (error) {
      await stopServices(started, AbortSignal.timeout(5000))
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

/** A refusal keeps its code's meaning; anything else names the service it came from. */
function asApplianceError(name: string, error: unknown): Error {
  if (error instanceof ApplianceError) return error
  const fix = error instanceof Error && 'fix' in error ? String(error.fix ?? '') : ''
  if (!(error instanceof Error) || !('code' in error)) {
    return error instanceof Error ? error : new Error(`${name}: ${messageOf(error)}`)
  }
  return new ApplianceError('SERVICE_FAILED', error.message, fix, error)
}
