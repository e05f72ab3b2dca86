import { isIP, isIPv6 } from 'node:net'
import type { MediaPath } from '#api'
import type { Route } from '#sfu'
import type { AllocationRow, TurnEngine } from '#turn'

/** How somebody's media travels; `address` is their own, also where TURN stands between. */
export type Travel = Readonly<{ path: MediaPath; address: string; family: 'ipv4' | 'ipv6' }>

/** Tells how media travels by the ICE pair that the SFU sees. */
export interface Travels {
  /** Reads anew which clients the relay serves. */
  refresh(): void
  /** `undefined`: it comes from this machine, and may turn out to be relayed. The same route, the same answer. */
  of(route: Route): Travel | undefined
}

/** What it takes to tell. */
export type TravelSources = Readonly<{
  turn: Pick<TurnEngine, 'allocations'>
  /** The addresses that relayed media comes from: this machine's. */
  ownIps: readonly string[]
  nowMs: () => number
}>

/** The relay's workers tell the main process of an allocation some time after they made it. */
const unknownForMs = 3_000

/** Creates the teller; it remembers what a route was, as allocations end before those who ask do. */
export function createTravels({ turn, ownIps, nowMs }: TravelSources): Travels {
  const own = new Set(ownIps)
  const known = new WeakMap<Route, Travel>()
  const firstSeenMs = new WeakMap<Route, number>()
  let relayed = new Map<string, AllocationRow>()

  const find = (route: Route): Travel | undefined => {
    const direct = travel(route.protocol, route.remoteIp)
    const row = relayed.get(keyOf(route.remoteIp, route.remotePort, own))
    if (row) return travel(`turn-${row.client.transport}`, row.client.client.ip)
    if (!own.has(route.remoteIp)) return direct
    const sinceMs = firstSeenMs.get(route) ?? nowMs()
    firstSeenMs.set(route, sinceMs)
    return nowMs() - sinceMs >= unknownForMs ? direct : undefined
  }

  return {
    refresh() {
      relayed = new Map(
        turn
          .allocations()
          .flatMap((row) =>
            row.relayed.map(({ ip, port }) => [keyOf(ip, port, own), row] as const),
          ),
      )
    },
    of(route) {
      const before = known.get(route)
      if (before) return before
      const found = find(route)
      if (found) known.set(route, found)
      return found
    },
  }
}

/** Behind a router that translates, clients are told another address of ours than the media comes from. */
function keyOf(ip: string, port: number, own: ReadonlySet<string>): string {
  return own.has(ip) ? `our IPv${isIP(ip)} ${port}` : `${ip} ${port}`
}

function travel(path: MediaPath, address: string): Travel {
  return { path, address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }
}
