import { parseIp } from '../protocol/ip-address.ts'

/** Who wants places, and how many: one for each relay socket and each reserved port. */
export type PlaceRequest = Readonly<{ userId: string; clientIp: string; places: number }>

/** What the ledger says: taken, too many for the user, too much relayed by the user, too many for the client's address, or for the server. */
export type PlaceAnswer = 'taken' | 'userFull' | 'userOverVolume' | 'addressFull' | 'serverFull'

/** Who keeps count of relay sockets for all engines that share the limits. */
export interface Places {
  /** Takes all places or none. */
  take(request: PlaceRequest): Promise<PlaceAnswer>
  /** Gives places back that were taken for the same user and address. */
  release(request: PlaceRequest): void
}

/** How many places there are; 0 for an address is no limit. */
export type PlaceLimits = Readonly<{
  allocations: number
  allocationsPerUser: number
  allocationsPerAddress: number
}>

/** Counts places per user id, per source (IPv4 address or IPv6 /64) and in all. */
export class Quotas {
  readonly #perUser = new Map<string, number>()
  readonly #perSource = new Map<string, number>()
  readonly #limits: PlaceLimits
  #overVolume: ReadonlySet<string> = new Set()
  #total = 0

  constructor(limits: PlaceLimits) {
    this.#limits = limits
  }

  /** Places in use by everybody. */
  get total(): number {
    return this.#total
  }

  /** Refuses these users from here on, and nobody else: they have no volume left. */
  refuse(overVolume: ReadonlySet<string>): void {
    this.#overVolume = overVolume
  }

  /** Takes all places or none. */
  take({ userId, clientIp, places }: PlaceRequest): PlaceAnswer {
    const { allocations, allocationsPerUser, allocationsPerAddress } = this.#limits
    const source = sourceOf(clientIp)
    const ofUser = (this.#perUser.get(userId) ?? 0) + places
    const ofSource = (this.#perSource.get(source) ?? 0) + places
    if (this.#overVolume.has(userId)) return 'userOverVolume'
    if (ofUser > allocationsPerUser) return 'userFull'
    if (allocationsPerAddress > 0 && ofSource > allocationsPerAddress) return 'addressFull'
    if (this.#total + places > allocations) return 'serverFull'
    this.#perUser.set(userId, ofUser)
    this.#perSource.set(source, ofSource)
    this.#total += places
    return 'taken'
  }

  /** Gives places back; throws when there are not so many. */
  release({ userId, clientIp, places }: PlaceRequest): void {
    subtract(this.#perUser, userId, places)
    subtract(this.#perSource, sourceOf(clientIp), places)
    this.#total -= places
  }
}

/** Lets one process count for itself. */
export function localPlaces(quotas: Quotas): Places {
  return {
    take: (request) => Promise.resolve(quotas.take(request)),
    release: (request) => quotas.release(request),
  }
}

function subtract(counts: Map<string, number>, key: string, places: number): void {
  const left = (counts.get(key) ?? 0) - places
  if (left < 0) throw new Error('only a taken place can be given back')
  if (left === 0) counts.delete(key)
  else counts.set(key, left)
}

function sourceOf(ip: string): string {
  const bytes = parseIp(ip)
  return bytes?.length === 16 ? bytes.subarray(0, 8).join('.') : ip
}
