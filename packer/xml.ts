/** An XML element: its name and attributes with their prefixes, its child elements, its text. */
export type XmlElement = Readonly<{
  name: string
  attributes: ReadonlyMap<string, string>
  children: readonly XmlElement[]
  text: string
}>

type Open = { name: string; attributes: Map<string, string>; children: XmlElement[]; text: string }

const declaration = /^<\?xml [^?]*\?>\s*/
const piece =
  /<!--(?:(?!--)[\s\S])*-->|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/**
 * Reads an XML document of elements, attributes in double quotes, text and comments, which is all that an
 * OVF descriptor needs; of its prefixes it makes nothing.
 * @throws Error at what is not well-formed, and at what it does not know (CDATA, DOCTYPE, other entities)
 */
export function parseXml(document: string): XmlElement {
  const text = document.replace(declaration, '').trimEnd()
  const top: Open = { name: '', attributes: new Map(), children: [], text: '' }
  const open = [top]
  piece.lastIndex = 0
  while (piece.lastIndex < text.length) {
    const at = piece.lastIndex
    const found = piece.exec(text)
    if (!found) throw new Error(`not understood: ${text.slice(at, at + 40)}`)
    take(found, open)
  }
  const [root, ...others] = top.children
  if (open.length > 1) throw new Error(`<${open.at(-1)?.name}> is not closed`)
  if (!root || others.length > 0 || top.text.trim() !== '') throw new Error('not one root element')
  return root
}

function take(found: RegExpExecArray, open: Open[]): void {
  const [, closed, opened, attributes = '', isEmpty, words] = found
  const inner = open.at(-1)
  if (words !== undefined && inner) inner.text += unescaped(words)
  if (opened !== undefined) {
    const element: Open = {
      name: opened,
      attributes: parseAttributes(attributes, opened),
      children: [],
      text: '',
    }
    inner?.children.push(element)
    if (isEmpty === '') open.push(element)
  }
  if (closed === undefined) return
  if (open.length === 1 || inner?.name !== closed)
    throw new Error(`</${closed}> closes <${inner?.name}>`)
  open.pop()
}

function parseAttributes(text: string, element: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(/([\w:.-]+)="([^"]*)"/g)) {
    if (attributes.has(name)) throw new Error(`<${element}> has ${name} twice`)
    attributes.set(name, unescaped(value))
  }
  return attributes
}

function unescaped(text: string): string {
  return text.replace(/&(\w*;?)/g, (whole, name: string) => {
    const character = name.endsWith(';') ? entities[name.slice(0, -1)] : undefined
    if (character === undefined) throw new Error(`unknown entity ${whole}`)
    return character
  })
}
