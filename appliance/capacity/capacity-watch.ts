import type { Capacity, Status } from '#api'
import type { TurnEngine } from '#turn'
import { Admission, type CallPlace, type Loads } from './admission.ts'
import { estimateRoom, shareOfCall, VOICE_BITS_PER_SECOND } from './model.ts'
import type { Readings } from './readings.ts'
import { basisOf, JOIN_REFUSAL, reasonOf, VIDEO_REFUSAL } from './words.ts'
import { type Datagrams, type WorkerState, WorkerWatch } from './worker-watch.ts'

/** What the watch needs. */
export type CapacityOptions = Readonly<{
  admission: 'auto' | 'off'
  /** How many TURN allocations there may be. */
  relayPlaces: number
  readings: Readings
  /** Milliseconds that only grow. */
  nowMs: () => number
  log: Readonly<{
    warn(facts: object, message: string): void
    info(facts: object, message: string): void
  }>
}>

/** A running call, as far as it costs something. */
export type CallFacts = Readonly<{
  name: string
  workerPid: number
  participants: readonly Readonly<{
    tracks: readonly Readonly<{ kind: 'audio' | 'video'; source: string; muted: boolean }>[]
    links: Readonly<{ up: Readonly<{ bitsPerSecond: number }> }>
  }>[]
}>

/** The facts of a second. */
export type CapacitySample = Readonly<
  Pick<Status, 'cpu' | 'memory' | 'network' | 'paths' | 'participants'> & {
    rooms: readonly CallFacts[]
    workers: readonly WorkerState[]
    turn: Pick<ReturnType<TurnEngine['stats']>, 'allocations' | 'traffic'>
  }
>

/** What somebody asks to be let in with. `validate` asks why a `join` was refused, and is not counted. */
export type AdmissionRequest = Readonly<{ kind: 'join' | 'validate' | 'video'; room: string }>

/** Where no call runs, the figures are for one like this. */
const ASSUMED_CALL = { people: 30, speakers: 3 }

/** With more people over TCP, what they cost is not learned: their packets are no datagrams. */
const MOST_OVER_TCP = 0.1

/** Knows how much more the box carries, and refuses what it does not. */
export class CapacityWatch {
  readonly #options: CapacityOptions
  readonly #workers: WorkerWatch
  readonly #admission = new Admission()
  readonly #refused = { video: 0, joins: 0 }
  #level: Capacity['admission'] = 'all'

  constructor(options: CapacityOptions) {
    this.#options = options
    this.#workers = new WorkerWatch(options.readings)
  }

  /** Takes the facts of a second and says what they leave. */
  refresh(sample: CapacitySample): Capacity {
    const atMs = this.#options.nowMs()
    const isCounted = sample.paths.tcp <= MOST_OVER_TCP * sample.participants
    const relayed = isCounted ? relayedPackets(sample.turn) : undefined
    this.#workers.sample(atMs, sample.workers, relayed)
    const calls = new Map(sample.rooms.map((room) => [room.name, placeOf(room)]))
    const steal = sample.cpu.stealPercent / 100
    this.#admission.update(loadsOf(sample, this.#workers.busy, steal), calls, atMs)
    if (this.#options.admission === 'auto') this.#note(this.#admission.level)
    return this.#describe(sample, calls, steal)
  }

  /** Why somebody is refused, in a sentence for them; `undefined` when they are welcome. */
  admit({ kind, room }: AdmissionRequest): string | undefined {
    if (this.#options.admission === 'off') return undefined
    const level = this.#admission.levelOf(room)
    if (kind === 'video') {
      const { isMeasured, costs } = this.#workers.learned
      const isTooMuch = isMeasured && this.#admission.isTooMuch(room, costs)
      if (level === 'all' && !isTooMuch) return undefined
      this.#refused.video += 1
      return VIDEO_REFUSAL
    }
    if (level !== 'nobody') return undefined
    if (kind === 'join') this.#refused.joins += 1
    return JOIN_REFUSAL
  }

  #note(level: Capacity['admission']): void {
    if (level === this.#level) return
    this.#level = level
    const reason = reasonOf(level)
    if (reason === undefined) this.#options.log.info({}, 'everybody is let in again')
    else this.#options.log.warn({ admission: level }, 'at the limit, newcomers are refused')
  }

  #describe(
    sample: CapacitySample,
    calls: ReadonlyMap<string, CallPlace>,
    steal: number,
  ): Capacity {
    const { isMeasured, costs } = this.#workers.learned
    const [callName, busiest] = busiestOf(calls)
    const call = busiest ?? ASSUMED_CALL
    const { limit, ...room } = estimateRoom({
      costs,
      call,
      worker: {
        busy: busiest ? (this.#workers.busy.get(busiest.workerPid) ?? 0) : shareOfCall(call, costs),
        steal,
      },
      machine: { busy: sample.cpu.totalPercent / 100, cores: coresOf(sample) },
      network: sample.network,
      memory: sample.memory,
      relay: {
        used: sample.turn.allocations,
        total: this.#options.relayPlaces,
        share: relayedShare(sample),
      },
    })
    const level = this.#level
    return {
      listeners: level === 'nobody' ? 0 : room.listeners,
      speakers: level === 'nobody' ? 0 : room.speakers,
      screens: level === 'all' ? room.screens : 0,
      limit,
      basis: basisOf({ isMeasured, costs, callName, call }),
      admission: level,
      reason: reasonOf(level),
      refused: { ...this.#refused },
    }
  }
}

function placeOf({ participants, workerPid }: CallFacts): CallPlace {
  const tracks = participants.flatMap(({ tracks }) => tracks)
  const speakers = tracks.filter(({ kind, muted }) => kind === 'audio' && !muted).length
  const screenBitsPerSecond = Math.max(0, ...participants.map(screenBitsOf))
  return { people: participants.length, speakers, workerPid, screenBitsPerSecond }
}

/** What somebody sends, less sound; 0 unless a screen is their only open picture. */
function screenBitsOf({ tracks, links }: CallFacts['participants'][number]): number {
  const open = tracks.filter(({ muted }) => !muted)
  const pictures = open.filter(({ kind }) => kind === 'video')
  if (pictures.length !== 1 || pictures[0]?.source !== 'screen_share') return 0
  return links.up.bitsPerSecond - (open.length - 1) * VOICE_BITS_PER_SECOND
}

/** The call in which the most sound is passed on. */
function busiestOf(calls: ReadonlyMap<string, CallPlace>): [string | undefined, CallPlace?] {
  const streams = ({ people, speakers }: CallPlace) => (people - 1) * (speakers + 1)
  const sorted = [...calls].toSorted(([, a], [, b]) => streams(b) - streams(a))
  return sorted[0] ?? [undefined]
}

function loadsOf(
  { cpu, memory, network }: CapacitySample,
  busy: ReadonlyMap<number, number>,
  steal: number,
): Loads {
  const left = Math.max(0.05, 1 - steal)
  const media = [...busy.values()].reduce((sum, share) => sum + share, 0)
  const all = (cpu.totalPercent / 100) * coresOf({ cpu })
  const { sentBitsPerSecond, linkBitsPerSecond } = network
  return {
    workers: new Map([...busy].map(([pid, share]) => [pid, share / left])),
    machine: { busy: cpu.totalPercent / 100, ofWhichMedia: all > 0 ? media / all : 0 },
    link: linkBitsPerSecond ? sentBitsPerSecond / linkBitsPerSecond : 0,
    memory: memory.totalBytes > 0 ? memory.usedBytes / memory.totalBytes : 0,
  }
}

function coresOf({ cpu }: Pick<Status, 'cpu'>): number {
  return Math.max(1, cpu.perCorePercent.length)
}

function relayedShare({ paths, participants }: CapacitySample): number {
  const relayed = paths['turn-udp'] + paths['turn-tcp'] + paths['turn-tls']
  return participants > 0 ? relayed / participants : 0
}

/** A relayed packet comes to the relay and leaves it; a client on TCP or TLS has its end outside UDP. */
function relayedPackets({ traffic }: CapacitySample['turn']): Datagrams {
  const { udp, tcp, tls } = traffic
  const sum = (way: 'fromClients' | 'toClients') =>
    udp[way].packets + tcp[way].packets + tls[way].packets
  return {
    received: udp.fromClients.packets + sum('toClients'),
    sent: udp.toClients.packets + sum('fromClients'),
  }
}
