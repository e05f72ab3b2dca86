/** Ports as ranges in order that neither touch nor overlap; both ends belong to a range. */
export type PortSet = readonly PortRange[]

type PortRange = Readonly<{ from: number; to: number }>

/** Joins ranges given in any order. */
export function portSet(ranges: Iterable<PortRange>): PortSet {
  const joined: PortRange[] = []
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last === undefined || range.from > last.to + 1) joined.push(range)
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return joined
}

/** Parses the kernel's list (`8080,9000-9010`); `undefined` for what is none, the empty set for an empty text. */
export function parsePortSet(text: string): PortSet | undefined {
  const parts = text.trim() === '' ? [] : text.trim().split(',')
  const ranges = parts.map((part) => {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part)
    if (match === null) return undefined
    const from = Number(match[1])
    return { from, to: Number(match[2] ?? from) }
  })
  const good = ranges.filter((range) => range !== undefined)
  const isGood = good.every(({ from, to }) => from <= to && to <= 65535)
  return isGood && good.length === ranges.length ? portSet(good) : undefined
}

/** Writes a set as the kernel does. */
export function formatPortSet(set: PortSet): string {
  return set.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** What is in the first set and not in the second. */
export function without(set: PortSet, taken: PortSet): PortSet {
  let left = [...set]
  for (const hole of taken) {
    left = left.flatMap(({ from, to }) => {
      const parts = [
        { from, to: Math.min(to, hole.from - 1) },
        { from: Math.max(from, hole.to + 1), to },
      ]
      return hole.to < from || hole.from > to ? [{ from, to }] : parts.filter((p) => p.from <= p.to)
    })
  }
  return left
}

/** How many ports a set has. */
export function portCount(set: PortSet): number {
  return set.reduce((sum, { from, to }) => sum + to - from + 1, 0)
}
