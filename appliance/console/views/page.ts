import { type Line, line, span } from '../text.ts'

/** Cuts the page of a long text that begins at a line, and says on its last line where it is. */
export function pageOf(lines: readonly Line[], top: number, rows: number): readonly Line[] {
  if (lines.length <= rows) return lines
  const room = rows - 1
  const first = Math.max(0, Math.min(top, lines.length - room))
  const where = `lines ${first + 1} to ${first + room} of ${lines.length}`
  return [...lines.slice(first, first + room), line(span('quiet', where))]
}
