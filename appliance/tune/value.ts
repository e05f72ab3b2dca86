import { formatPortSet, type PortSet, parsePortSet, portSet, without } from './port-set.ts'
import type { Wanted } from './settings.ts'

/** Whether a value of the kernel or of a file is good enough. */
export function satisfies(wanted: Wanted, text: string): boolean {
  if (wanted.rule === 'reserves') {
    const has = parsePortSet(text)
    return has !== undefined && without(wanted.ports, has).length === 0
  }
  const value = parseNumber(text)
  if (value === undefined) return false
  if (wanted.rule === 'atLeast') return value >= wanted.value
  if (wanted.rule === 'atMost') return value <= wanted.value
  return value === wanted.value
}

/** Whether a value is good enough and yet not the recommended one. */
export function isBeyond(wanted: Wanted, text: string): boolean {
  return satisfies(wanted, text) && !sameValue(wanted, text, recommendedText(wanted))
}

/** Whether two texts mean the same value. */
export function sameValue(wanted: Wanted, one: string, other: string): boolean {
  const canonical = (text: string) => {
    const ports = wanted.rule === 'reserves' ? parsePortSet(text) : undefined
    return ports === undefined ? text.trim() : formatPortSet(ports)
  }
  return canonical(one) === canonical(other)
}

/** The recommended value as the kernel writes it. */
export function recommendedText(wanted: Wanted): string {
  return wanted.rule === 'reserves' ? formatPortSet(wanted.ports) : String(wanted.value)
}

/** What the kernel has, what our file gave it, and what it had before that. */
export type Known = Readonly<{
  current: string
  ours: string | undefined
  before: string | undefined
}>

/** The value to set: the recommended one, or what is beyond it already; ports that others reserved stay reserved. */
export function targetText(wanted: Wanted, { current, ours, before }: Known): string {
  if (wanted.rule !== 'reserves') {
    return satisfies(wanted, current) ? current : recommendedText(wanted)
  }
  const parse = (text: string | undefined): PortSet => parsePortSet(text ?? '') ?? []
  const others = without(parse(current), parse(ours))
  return formatPortSet(portSet([...wanted.ports, ...others, ...parse(before)]))
}

/** Whether a text is one that the kernel could have given for such a setting. */
export function isPlausible(wanted: Wanted, text: string): boolean {
  const parsed = wanted.rule === 'reserves' ? parsePortSet(text) : parseNumber(text)
  return parsed !== undefined
}

function parseNumber(text: string): number | undefined {
  return /^-?\d+$/.test(text.trim()) ? Number(text) : undefined
}
