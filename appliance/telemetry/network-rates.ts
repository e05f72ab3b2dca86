import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Status } from '#api'
import { type InterfaceCounters, readNumber } from './proc.ts'

type Rates = Status['network']['interfaces'][number] &
  Readonly<{ receivedPacketsPerSecond: number; sentPacketsPerSecond: number }>

/** Turns the interfaces' counters of two samples into rates. */
export type NetworkMeter = (
  before: readonly InterfaceCounters[],
  after: readonly InterfaceCounters[],
  seconds: number,
) => Status['network']

/** Each link's speed is asked for again after so many samples: a cable may be plugged in anew. */
const SAMPLES_PER_SPEED = 10

/** Creates the meter. Bridges and tunnels see the packets of network cards again, so the total counts cards alone. */
export function createNetworkMeter(sysRoot: string): NetworkMeter {
  const links = new Map<string, Readonly<{ isCard: boolean; bitsPerSecond: number | undefined }>>()
  let samples = 0
  const linkOf = (name: string) => {
    const known = links.get(name)
    if (known !== undefined) return known
    const folder = join(sysRoot, 'class/net', name)
    const link = { isCard: existsSync(join(folder, 'device')), bitsPerSecond: linkSpeed(folder) }
    links.set(name, link)
    return link
  }
  return (before, after, seconds) => {
    if (samples % SAMPLES_PER_SPEED === 0) links.clear()
    samples += 1
    const rates = interfaceRates(before, after, seconds, (name) => linkOf(name).bitsPerSecond)
    const outside = rates.filter(({ name }) => name !== 'lo')
    const cards = outside.filter(({ name }) => linkOf(name).isCard)
    const counted = cards.length > 0 ? cards : outside
    const total = (of: (entry: Rates) => number) =>
      counted.reduce((sum, entry) => sum + of(entry), 0)
    return {
      receivedBitsPerSecond: total((entry) => entry.receivedBitsPerSecond),
      sentBitsPerSecond: total((entry) => entry.sentBitsPerSecond),
      receivedPacketsPerSecond: total((entry) => entry.receivedPacketsPerSecond),
      sentPacketsPerSecond: total((entry) => entry.sentPacketsPerSecond),
      linkBitsPerSecond: total((entry) => entry.linkBitsPerSecond ?? 0) || undefined,
      interfaces: rates.map(
        ({ receivedPacketsPerSecond: _in, sentPacketsPerSecond: _out, ...rate }) => rate,
      ),
    }
  }
}

function interfaceRates(
  before: readonly InterfaceCounters[],
  after: readonly InterfaceCounters[],
  seconds: number,
  speedOf: (name: string) => number | undefined,
): readonly Rates[] {
  // A counter that went back belongs to an interface that was created anew.
  const rate = (earlier: number, later: number) =>
    seconds > 0 && later > earlier ? (later - earlier) / seconds : 0
  const earlierOf = new Map(before.map((entry) => [entry.name, entry]))
  return after.map((entry) => {
    const earlier = earlierOf.get(entry.name) ?? entry
    return {
      name: entry.name,
      receivedBitsPerSecond: 8 * rate(earlier.receivedBytes, entry.receivedBytes),
      sentBitsPerSecond: 8 * rate(earlier.sentBytes, entry.sentBytes),
      receivedPacketsPerSecond: rate(earlier.receivedPackets, entry.receivedPackets),
      sentPacketsPerSecond: rate(earlier.sentPackets, entry.sentPackets),
      linkBitsPerSecond: speedOf(entry.name),
    }
  })
}

/** Mbit/s in a file of the card's driver; virtual ones say nothing, or -1. */
function linkSpeed(folder: string): number | undefined {
  const megabits = readNumber(join(folder, 'speed'))
  return megabits === undefined || megabits <= 0 ? undefined : megabits * 1e6
}
