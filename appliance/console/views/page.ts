import { type Line, line, span, wrap } from '../text.ts'

/** Breaks the lines of a text for so many columns. */
export function textLines(lines: readonly string[], columns: number): readonly Line[] {
  return lines.flatMap((text) => wrap(text, columns)).map((text) => line(text))
}

/** Cuts the page of a long text that begins at a line, and says on its last line where it is. */
export function pageOf(lines: readonly Line[], top: number, rows: number): readonly Line[] {
  if (lines.length <= rows) return lines
  const room = rows - 1
  const first = Math.max(0, Math.min(top, lines.length - room))
  const where = `lines ${first + 1} to ${first + room} of ${lines.length}`
  return [...lines.slice(first, first + room), line(span('quiet', where))]
}
