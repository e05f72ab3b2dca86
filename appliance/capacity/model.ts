import type { Capacity } from '#api'
import type { Costs } from './costs.ts'

/** A call as the model sees it: everybody receives every open microphone but their own. */
export type CallSize = Readonly<{
  people: number
  speakers: number
  /** What its largest screen takes, `undefined` while nobody shares one. */
  screenBitsPerSecond?: number | undefined
}>

/** What the machine has and has given already. Shares are parts of one, of one core or of all cores. */
export type CapacityFacts = Readonly<{
  costs: Costs
  call: CallSize
  /** The media worker that carries the call; `steal` is what other guests of the host take of a core. */
  worker: Readonly<{ busy: number; steal: number }>
  /** `busy` counts stolen time too. */
  machine: Readonly<{ busy: number; cores: number }>
  network: Readonly<{ sentBitsPerSecond: number; linkBitsPerSecond: number | undefined }>
  memory: Readonly<{ usedBytes: number; totalBytes: number }>
  /** Allocations of the TURN server, and the share of people that needs one; without it: no relay. */
  relay?: Readonly<{ used: number; total: number; share: number }>
}>

/** How many more of each, each figure for itself, and what runs out first. */
export type Room = Readonly<{
  listeners: number
  speakers: number
  screens: number
  limit: NonNullable<Capacity['limit']>
}>

/** Opus in frames of 20 ms, as browsers send it; an open microphone counts as talking all the time. */
export const VOICE_PACKETS_PER_SECOND = 50
/** 32 kbit/s of Opus in packets with the headers of RTP, SRTP, UDP and IP. */
export const VOICE_BITS_PER_SECOND = 64_000
/** What a screen is assumed to take at least: one that stands still now may move in a moment. */
export const SCREEN_BITS_PER_SECOND = 1_500_000
const SCREEN_PACKET_BITS = 1_100 * 8
/** A participant's transports in the worker, and its session in Node. */
const PERSON_BYTES = 2_000_000

/** Beyond these, sound begins to suffer: shares of a core, of all cores, of the link, of the memory. */
const MOST_OF_CORE = 0.85
const MOST_OF_MACHINE = 0.7
const MOST_OF_LINK = 0.8
const MOST_OF_MEMORY = 0.9
/** What a packet costs the machine beside its worker: the kernel's interrupts, and Node. */
const MACHINE_FACTOR = 1.3
/** No answer is larger. */
const MOST_PEOPLE = 10_000

/** Packets and bits are those of a second. */
type Demand = Readonly<{ received: number; sent: number; bits: number; people: number }>
type Spare = Readonly<{ limit: Room['limit']; of: (demand: Demand) => number; room: number }>

/** Estimates how much more fits into the call. Never below zero; with more load never more. */
export function estimateRoom(facts: CapacityFacts): Room {
  const spares = spareOf(facts)
  const { people, speakers } = sane(facts.call)
  const listener = (count: number) => voices(count * speakers, 0, count)
  const listenersBy = spares.map((spare) => ({ ...spare, count: most(listener, [spare]) }))
  const scarcest = listenersBy.reduce((least, each) => (each.count < least.count ? each : least))
  return {
    listeners: scarcest.count,
    speakers: most((count) => {
      const more = count * (people - 1 + speakers) + count * count
      return voices(Math.max(0, more), count, count)
    }, spares),
    screens: most((count) => screens(count, facts.call), spares),
    limit: scarcest.limit,
  }
}

/** The share of a core that one more screen in a call would take of its media worker. */
export function shareOfScreen(costs: Costs, call: CallSize): number {
  return shareOf(screens(1, call), costs)
}

/** What a call of that size takes of a media worker's core. */
export function shareOfCall({ people, speakers }: CallSize, costs: Costs): number {
  const sent = speakers * Math.max(0, people - 1)
  return costs.worker + shareOf(voices(sent, speakers, people), costs)
}

function shareOf({ received, sent }: Demand, costs: Costs): number {
  return received * costs.received + sent * costs.sent
}

/** What one more screen in a call counts as. */
export function screenBitsOf({ screenBitsPerSecond = 0 }: CallSize): number {
  return Math.max(SCREEN_BITS_PER_SECOND, screenBitsPerSecond)
}

function sane({ people, speakers }: CallSize): CallSize {
  return { people: Math.max(1, people), speakers: Math.max(1, speakers) }
}

function voices(sent: number, received: number, people: number): Demand {
  return {
    received: received * VOICE_PACKETS_PER_SECOND,
    sent: sent * VOICE_PACKETS_PER_SECOND,
    bits: sent * VOICE_BITS_PER_SECOND,
    people,
  }
}

function screens(count: number, call: CallSize): Demand {
  const receivers = Math.max(1, call.people - 1)
  const received = count * screenBitsOf(call)
  return {
    received: received / SCREEN_PACKET_BITS,
    sent: (received * receivers) / SCREEN_PACKET_BITS,
    bits: received * receivers,
    people: 0,
  }
}

function spareOf(facts: CapacityFacts): readonly Spare[] {
  const { costs, worker, machine, network, memory, relay } = facts
  const share = (demand: Demand) => shareOf(demand, costs)
  const people = ({ people: count }: Demand) => count
  const spares: Spare[] = [
    {
      limit: 'media-worker',
      of: share,
      room: MOST_OF_CORE * (1 - worker.steal) - worker.busy,
    },
    {
      limit: 'cpu',
      of: share,
      room: ((MOST_OF_MACHINE - machine.busy) * machine.cores) / MACHINE_FACTOR,
    },
    {
      limit: 'memory',
      of: people,
      room: (MOST_OF_MEMORY * memory.totalBytes - memory.usedBytes) / PERSON_BYTES,
    },
  ]
  if (network.linkBitsPerSecond !== undefined) {
    const room = MOST_OF_LINK * network.linkBitsPerSecond - network.sentBitsPerSecond
    spares.push({ limit: 'network', of: ({ bits }) => bits, room })
  }
  if (relay !== undefined && relay.share > 0) {
    spares.push({ limit: 'relay', of: people, room: (relay.total - relay.used) / relay.share })
  }
  return spares
}

/** The largest count whose demand fits into all that is spare; demands grow with the count. */
function most(demand: (count: number) => Demand, spares: readonly Spare[]): number {
  const fits = (count: number) => {
    const needed = demand(count)
    return spares.every(({ of, room }) => of(needed) === 0 || of(needed) <= room)
  }
  let least = 0
  let over = MOST_PEOPLE + 1
  while (over - least > 1) {
    const middle = Math.floor((least + over) / 2)
    if (fits(middle)) least = middle
    else over = middle
  }
  return least
}
