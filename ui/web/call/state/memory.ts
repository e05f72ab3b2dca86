/** Small values kept between visits or reloads. */
export type Memory = Readonly<{
  read(key: string): string | undefined
  write(key: string, value: string): void
}>

/**
 * Wraps a browser storage. Where the browser refuses one (private windows, blocked cookies, full quota)
 * values last as long as the page, which only costs typing a name again.
 */
export function createMemory(open: () => Storage): Memory {
  const fallback = new Map<string, string>()
  const storage = attempt(open)
  return {
    read: (key) => fallback.get(key) ?? attempt(() => storage?.getItem(key)) ?? undefined,
    write(key, value) {
      const stored = attempt(() => {
        storage?.setItem(key, value)
        return storage !== undefined
      })
      if (stored === true) fallback.delete(key)
      else fallback.set(key, value)
    },
  }
}

/** The result, or `undefined` where the browser throws its DOMException for refused storage. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (error instanceof DOMException) return undefined
    throw error
  }
}
