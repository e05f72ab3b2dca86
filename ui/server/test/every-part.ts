import type { UiDeps } from '../deps.ts'
import { storeWith } from './harness.ts'
import { firingAlerts, scriptedAlerts } from './sample-alerts.ts'
import { callDetails, callList, scriptedCalls } from './sample-calls.ts'
import { scriptedCertificate, selfSigned } from './sample-certificate.ts'
import { scriptedConnect, scriptedKernel } from './sample-connect.ts'
import { scriptedSettings } from './sample-settings.ts'
import { busyTurn, scriptedTurn } from './sample-turn.ts'

const NOW_MS = 1_800_000_000_000

/** An appliance that has every part of the admin page, an admin and the viewer `vera`; something is wrong everywhere. */
export function everyPart() {
  return {
    adminStore: storeWith({ admin: 'admin', vera: 'viewer' }),
    attemptLimits: { perAddress: 1000, everybody: 1000 },
    alerts: scriptedAlerts(() => firingAlerts(NOW_MS)),
    calls: scriptedCalls(
      () => callDetails(NOW_MS),
      () => callList(NOW_MS),
    ),
    certificate: scriptedCertificate(() => selfSigned(NOW_MS)),
    connect: scriptedConnect(),
    kernel: scriptedKernel(),
    settings: scriptedSettings(),
    turn: scriptedTurn(() => busyTurn(NOW_MS)),
  } satisfies Partial<UiDeps>
}
