const known = new Map<string, string>()

/**
 * A canvas cannot read custom properties, so an element's own colour is asked in their place. That makes
 * the browser work out styles anew, so answers are kept until the colours of the page change.
 */
export function colorOf(element: HTMLElement, property: string): string {
  const before = known.get(property)
  if (before !== undefined) return before
  element.style.color = `var(${property})`
  const { color } = getComputedStyle(element)
  element.style.color = ''
  known.set(property, color)
  return color
}

/** Has colours asked for anew, as when the page turns dark. */
export function forgetColors(): void {
  known.clear()
}
