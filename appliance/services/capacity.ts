import { CapacityWatch } from '../capacity/capacity-watch.ts'
import { createReadings } from '../capacity/readings.ts'
import type { Ground } from './ground.ts'

/** Makes the watch over what the box still carries. */
export function assembleCapacity({ loaded: { config }, log }: Ground): CapacityWatch {
  const { turn, calls } = config
  const ports = turn.relay_port_max - turn.relay_port_min + 1
  return new CapacityWatch({
    admission: calls.admission,
    relayPlaces: Math.min(turn.limits.allocations, ports),
    readings: createReadings(),
    nowMs: () => performance.now(),
    log: log.child({ part: 'capacity' }),
  })
}
