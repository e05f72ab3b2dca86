import type { Facts } from '../facts.ts'
import { fit, type Line, line, type Size, span } from '../text.ts'

/** What a screen is made of. `title` is empty on the status screen. */
type FrameParts = Readonly<{
  facts: Facts
  size: Size
  title: string
  body: readonly Line[]
  hints: string
}>

/** The bar, the title between empty lines, and the keys. */
const LINES_AROUND = 5

/** The room for what a screen with a title shows. */
export function bodySize({ columns, rows }: Size): Size {
  return { columns: columns - 2, rows: Math.max(1, rows - LINES_AROUND) }
}

/** Puts the bar with name and version above a body, and the keys below it. */
export function frame({ facts, size, title, body, hints }: FrameParts): readonly Line[] {
  const head = title === '' ? [] : [[], line(' ', span('strong', title)), []]
  const rows = size.rows - 2
  const inner = [...head, ...body.map((spans) => [...line(' '), ...spans])].slice(0, rows)
  const empty = Array.from({ length: rows - inner.length }, (): Line => [])
  return [topBar(facts, size.columns), ...inner, ...empty, line(span('quiet', ` ${hints}`))]
}

function topBar(facts: Facts, columns: number): Line {
  const left = ` Callbox ${facts.version}`
  const right = `${facts.hostName} `
  const gap = Math.max(1, columns - left.length - right.length)
  return fit([span('bar', left), span('bar', ' '.repeat(gap)), span('bar', right)], columns)
}
