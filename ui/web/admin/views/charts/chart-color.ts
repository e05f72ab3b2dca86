/** A canvas cannot read custom properties, so an element's own colour is asked in their place. */
export function colorOf(element: HTMLElement, property: string): string {
  element.style.color = `var(${property})`
  const { color } = getComputedStyle(element)
  element.style.color = ''
  return color
}
