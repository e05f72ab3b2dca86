import type { Health } from '../service.ts'
import type { ServiceManager } from './notify.ts'

/** A service by name and how it is. */
export type NamedHealth = Health & Readonly<{ name: string }>

/**
 * Services whose failure a new start does not mend: the relay's self-test fails for a firewall or a certificate as well,
 * and to end every call for that would help nobody.
 */
const NOT_MENDED_BY_RESTART: ReadonlySet<string> = new Set(['relay'])

/** Says whether the process deserves to go on: everything that it serves with is up, or serves somebody still. */
export function deservesToLive(services: readonly NamedHealth[]): boolean {
  return services.every(
    ({ name, ok, serves }) => ok || serves === true || NOT_MENDED_BY_RESTART.has(name),
  )
}

/**
 * Beats four times within the watchdog's time, as long as the event loop turns and `isWell`; three beats may be missed,
 * in which a worker that died is replaced. Returns what ends it.
 */
export function startWatchdog(
  manager: Pick<ServiceManager, 'beat' | 'watchdogMs'>,
  isWell: () => boolean,
): () => void {
  if (manager.watchdogMs === undefined) return () => undefined
  const beat = () => {
    if (isWell()) void manager.beat()
  }
  beat()
  const timer = setInterval(beat, manager.watchdogMs / 4)
  return () => clearInterval(timer)
}
