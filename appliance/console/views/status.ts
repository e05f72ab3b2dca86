import type { Facts } from '../facts.ts'
import { qrLines } from '../qr-code.ts'
import { beside, type Line, line, type Size, span, widthOf, wrap } from '../text.ts'
import {
  adminLines,
  certificateLines,
  networkLines,
  stateLines,
  warningWithFix,
} from './sections.ts'

/** Columns that texts need beside a QR code, and between the two. */
const MIN_TEXT_COLUMNS = 34
const GAP = 2

/** Draws the status: how to get to the admin page, how things are, the network, and a QR code if it fits. */
export function statusLines(facts: Facts, room: Size): readonly Line[] {
  const code = qrFor(facts, room)
  const codeColumns = code === undefined ? 0 : widthOf(code[0] ?? [])
  const columns = code === undefined ? room.columns : room.columns - codeColumns - GAP
  const sections = [
    adminLines(facts, columns, code !== undefined),
    stateLines(facts, columns),
    networkLines(facts, columns),
    certificateLines(facts, columns),
  ].filter((section) => section.length > 0)
  const text = sections.flatMap((section) => [[], ...section])
  const shown = [...text, ...warningLines(facts, columns, room.rows - text.length)]
  const page = shown.length <= room.rows ? shown : [...shown.slice(0, room.rows - 1), more()]
  return code === undefined ? page : beside(page, code, columns + GAP)
}

function qrFor(facts: Facts, room: Size): readonly Line[] | undefined {
  const link = facts.setupLink ?? facts.adminUrl
  if (link === undefined) return undefined
  return qrLines(link, { columns: room.columns - MIN_TEXT_COLUMNS - GAP, rows: room.rows })
}

/**
 * The warnings with what to do about them, or without where there is less room, or as many as there is
 * room for; how many more there are is said.
 */
function warningLines({ warnings }: Facts, columns: number, rows: number): readonly Line[] {
  const whole = warnings.flatMap((warning) => [[], ...warningWithFix(warning, columns)])
  if (whole.length <= rows) return whole
  const shown: Line[] = []
  for (const [index, { message }] of warnings.entries()) {
    const text = wrap(message, columns).map((row) => line(span('warning', row)))
    const rest = warnings.length - index
    if (shown.length + text.length + (rest === 1 ? 1 : 3) > rows) {
      return [...shown, [], moreWarnings(rest)]
    }
    shown.push([], ...text)
  }
  return shown
}

function moreWarnings(count: number): Line {
  return line(span('warning', `${count} ${count === 1 ? 'warning' : 'warnings'}: press I`))
}

function more(): Line {
  return line(span('quiet', 'more: press I'))
}
