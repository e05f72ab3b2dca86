/** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other. */
export function editDistance(from: string, to: string): number {
  let older: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(older, column - 2) + 1)
      current.push(cost)
    }
    older = previous
    previous = current
  }
  return at(previous, to.length)
}

/** Finds the known name a mistyped one was most likely meant to be; `undefined` when none is close. */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const text = given.slice(0, 100).toLowerCase()
  let best: { name: string; score: number } | undefined
  for (const name of known) {
    const score = closeness(text, name.toLowerCase())
    const tolerance = Math.max(2, Math.min(text.length, name.length) / 3)
    if (score <= tolerance && (best === undefined || score < best.score)) {
      best = { name, score }
    }
  }
  return best?.name
}

/** The distance of whole names, or of their last parts when only the path before it is wrong. */
function closeness(given: string, name: string): number {
  const last = (text: string) => text.split(/\.|__/).at(-1) ?? text
  const tail = last(given)
  const whole = editDistance(given, name)
  return tail.length < 4 ? whole : Math.min(whole, editDistance(tail, last(name)) + 0.5)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
