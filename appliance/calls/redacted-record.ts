import { isIPv4, isIPv6 } from 'node:net'
import type { CallDetails } from '#api'

/**
 * A call's figures and timeline to hand on: people are numbers, of an address stands its network. What was
 * found is left out, as its sentences name people.
 */
export function redactedRecord(call: CallDetails): object {
  const numbers = new Map<string, string>()
  const numberOf = (identity: string) => {
    const known = numbers.get(identity) ?? `person ${numbers.size + 1}`
    numbers.set(identity, known)
    return known
  }
  const { sid, atMs, startedAtMs, endedAtMs } = call
  return {
    sid,
    atMs,
    startedAtMs,
    endedAtMs,
    participants: call.participants.map(({ identity, name: _, address, receives, ...person }) => ({
      ...person,
      who: numberOf(identity),
      network: address === undefined ? undefined : networkOf(address),
      receives: receives.map(({ from, ...track }) => ({ ...track, from: numberOf(from) })),
    })),
    events: call.events.map(({ who, ...event }) => ({
      ...event,
      who: who && numberOf(who.identity),
    })),
  }
}

/** `203.0.113.x`, or the first 48 bits of an IPv6 address. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address.replace(/\d+$/, 'x')
  if (!isIPv6(address)) return ''
  const [head = ''] = address.split('::')
  const groups = [...head.split(':').filter((group) => group !== ''), '0', '0', '0'].slice(0, 3)
  return `${groups.join(':')}::x`
}
