import { ApplianceError } from '../errors.ts'
import type { PlanRow } from './plan.ts'
import { FEWEST_FREE_PORTS, FREE_PORT_RANGE } from './settings.ts'
import { recommendedText } from './value.ts'

/** Says why settings cannot be changed from here, and what to do instead. `rows` must not be empty. */
export function explainBlocked(rows: readonly PlanRow[]): ApplianceError {
  const unsafe = rows.find(({ verdict }) => verdict === 'unsafe')
  if (unsafe !== undefined) return explainUnsafe()
  const names = rows.map(({ setting }) => setting.key).join(', ')
  return new ApplianceError(
    'TUNE_NOT_POSSIBLE',
    `Nothing is changed: ${whyNot(rows)}. Not to be set from here: ${names}.`,
    `On the host, as root: sysctl -w ${hostCommand(rows)} (lines of a file in /etc/sysctl.d make it last). ` +
      '--apply --partial sets what can be set from here, if there is anything.',
  )
}

/** The host's command for settings that cannot be changed from here. */
export function hostCommand(rows: readonly PlanRow[]): string {
  return rows
    .filter(({ verdict }) => verdict !== 'unsafe')
    .map(({ setting }) => `${setting.key}=${recommendedText(setting.wanted)}`)
    .join(' ')
}

/** What is in the way, in a clause. */
export function whyNot(rows: readonly PlanRow[]): string {
  if (rows.some(({ reach }) => reach === 'readOnly')) {
    return '/proc/sys is mounted read-only, as in a container; the kernel is its host’s'
  }
  return 'this is a network namespace of its own, as in a container, and the kernel keeps some settings to its host'
}

function explainUnsafe(): ApplianceError {
  return new ApplianceError(
    'TUNE_NOT_POSSIBLE',
    `Nothing is changed: with our ports reserved, fewer than ${FEWEST_FREE_PORTS} of ${FREE_PORT_RANGE} would be left for other programs.`,
    `Begin the relay range higher (turn.relay_port_min), or widen the kernel's range, e.g. sysctl -w ${FREE_PORT_RANGE}="16384 65535".`,
  )
}
