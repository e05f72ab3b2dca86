/** How a piece of text looks; the terminal turns it into colours, or leaves it. */
export type Tone =
  | 'plain'
  | 'strong'
  | 'quiet'
  | 'good'
  | 'warning'
  | 'bad'
  | 'bar'
  | 'chosen'
  | 'modules'

/** A piece of one line, in one tone. */
export type Span = Readonly<{ text: string; tone: Tone }>

/** One line of the screen. */
export type Line = readonly Span[]

/** Characters and lines that fit. */
export type Size = Readonly<{ columns: number; rows: number }>

/** Makes a piece of text in a tone, without what a terminal would take for a command. */
export function span(tone: Tone, text: string): Span {
  return { text: printable(text), tone }
}

/** Makes a line of pieces; a bare text is plain. */
export function line(...parts: readonly (string | Span)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span('plain', part) : part))
}

/** Counts the columns of a line. */
export function widthOf(spans: Line): number {
  return spans.reduce((width, { text }) => width + text.length, 0)
}

/** Cuts a line, or fills it with spaces of its last tone, to exactly so many columns. */
export function fit(spans: Line, columns: number): Line {
  const kept: Span[] = []
  let left = columns
  for (const { text, tone } of spans) {
    if (left <= 0) break
    kept.push({ text: text.slice(0, left), tone })
    left -= Math.min(left, text.length)
  }
  if (left > 0) kept.push({ text: ' '.repeat(left), tone: spans.at(-1)?.tone ?? 'plain' })
  return kept
}

/**
 * Breaks a text into lines, between words where it can and inside a long word where it must; all keep its
 * indent, or half the columns of it.
 */
export function wrap(text: string, columns: number): readonly string[] {
  const clean = printable(text)
  const indent = /^ */.exec(clean)?.[0].slice(0, Math.floor(columns / 2)) ?? ''
  const lines = wrapWords(clean.trimStart().split(' '), Math.max(1, columns - indent.length))
  return lines.map((words) => `${indent}${words}`)
}

function wrapWords(words: readonly string[], room: number): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of words) {
    const joined = current === '' ? word : `${current} ${word}`
    if (joined.length <= room) {
      current = joined
      continue
    }
    if (current !== '') lines.push(current)
    current = word
    while (current.length > room) {
      lines.push(current.slice(0, room))
      current = current.slice(room)
    }
  }
  return [...lines, current]
}

/** Puts lines beside others: the left ones fitted, the right ones as they are. */
export function beside(
  left: readonly Line[],
  right: readonly Line[],
  leftColumns: number,
): readonly Line[] {
  const count = Math.max(left.length, right.length)
  return Array.from({ length: count }, (_, row) => {
    const other = right[row]
    const own = left[row] ?? []
    if (other === undefined) return own
    return [...fit([...own, { text: '', tone: 'plain' }], leftColumns), ...other]
  })
}

/**
 * Replaces what would move the cursor, take two columns or is in no console font: the kernel's own
 * font has Latin letters, lines and blocks.
 */
function printable(text: string): string {
  return text.replaceAll('\t', '  ').replaceAll(/[^\x20-\x7e\u00a0-\u024f\u2500-\u259f]/gu, '?')
}
