/** Resolves when a condition holds, looked at every 20 ms; rejects when it does not in time. */
export function until(condition: () => boolean, withinMs = 10_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = performance.now() + withinMs
    const look = () => {
      if (condition()) resolve()
      else if (performance.now() > deadline) reject(new Error(`not true within ${withinMs} ms`))
      else setTimeout(look, 20)
    }
    look()
  })
}
