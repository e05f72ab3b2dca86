/** The middle one; NaN for none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Median and quartiles: `12.3 (11.9–13.0)`. */
export function withSpread(values: readonly number[], digits = 1): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) =>
    (sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN).toFixed(digits)
  return `${median(values).toFixed(digits)} (${at(0.25)}–${at(0.75)})`
}

/** How many times as much one took as another, round by round: what disturbs a round disturbs both. */
export function ratio(ours: readonly number[], theirs: readonly number[]): string {
  return withSpread(
    ours.map((value, round) => value / (theirs[round] ?? Number.NaN)),
    2,
  )
}

/** Lets everybody do a round in turn, another one first each time. */
export async function interleaved<Subject>(
  subjects: readonly Subject[],
  rounds: number,
  measure: (subject: Subject) => Promise<number>,
): Promise<ReadonlyMap<Subject, readonly number[]>> {
  const figures = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % subjects.length
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      figures.get(subject)?.push(await measure(subject))
    }
  }
  return figures
}
