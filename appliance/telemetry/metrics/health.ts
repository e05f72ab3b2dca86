import type { AlertStatus, Health, Status } from '#api'
import { type Add, alone, oneOf } from './registry.ts'

const LEVELS: readonly Health['level'][] = ['ok', 'warn', 'bad']

/** Adds what runs, whether it is well, and which alerts fire. */
export function addHealth(
  add: Add,
  status: () => Status,
  alerts: () => readonly AlertStatus[],
): void {
  add({ name: 'info', help: 'The version that runs', labels: ['version'] }, () => [
    [{ version: status().version }, 1],
  ])
  add({ name: 'uptime_seconds', help: 'Since the main process started' }, () =>
    alone(status().uptimeSeconds),
  )
  add({ name: 'service_up', help: '1 where a service can serve', labels: ['service'] }, () =>
    status().services.map(({ name, ok }) => [{ service: name }, ok ? 1 : 0]),
  )
  add({ name: 'health', help: '1 for how the whole box is', labels: ['level'] }, () =>
    oneOf('level', LEVELS, status().health.level),
  )
  add(
    {
      name: 'alert_firing',
      help: '1 where an alert of the box itself fires',
      labels: ['alert', 'severity'],
    },
    () =>
      alerts().map(({ id, severity, state }) => [
        { alert: id, severity },
        state === 'firing' ? 1 : 0,
      ]),
  )
  add({ name: 'public_address_local', help: '1 where a card of this machine has it' }, () =>
    alone(status().address.isLocal ? 1 : 0),
  )
}
