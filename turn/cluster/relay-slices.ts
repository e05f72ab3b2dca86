import { TurnError } from '../errors.ts'

/** A range of ports, both ends included. */
export type PortRange = Readonly<{ min: number; max: number }>

/**
 * Cuts the relay ports into equal slices, so that engines which share a machine never try the same port. Each slice
 * begins with an even port, for a pair of ports must not lie in two slices. Throws a TurnError when there is not one
 * pair for each.
 */
export function sliceRelayPorts({ min, max }: PortRange, slices: number): readonly PortRange[] {
  const first = min + (min % 2)
  const pairs = Math.floor((max + 1 - first) / 2)
  const each = Math.floor(pairs / slices)
  if (each < 1) {
    const message = `turn.relay_port_min … turn.relay_port_max hold too few ports for ${slices} parts: widen the range or lower turn.workers`
    throw new TurnError('TURN_BAD_OPTION', message)
  }
  return Array.from({ length: slices }, (_, i) => ({
    min: i === 0 ? min : first + 2 * each * i,
    max: i === slices - 1 ? max : first + 2 * each * (i + 1) - 1,
  }))
}
