import { fit, type Line, type Size, type Tone } from './text.ts'

/**
 * The colours of each tone (ECMA-48 §8.3.117), from the eight that every terminal has. The modules of a
 * QR code are light on dark whatever the terminal's own colours are, or no camera finds it.
 */
const COLOURS: Readonly<Record<Tone, string>> = {
  plain: '0',
  strong: '0;1',
  quiet: '0;36',
  good: '0;1;32',
  warning: '0;1;33',
  bad: '0;1;31',
  bar: '0;1;37;44',
  chosen: '0;7',
  modules: '0;1;37;40',
}

/** The same for a terminal without colours: what must stand out is bold or reversed. */
const SHADES: Readonly<Record<Tone, string>> = {
  ...COLOURS,
  quiet: '0',
  good: '0',
  warning: '0;1',
  bad: '0;1',
  bar: '0;7',
  modules: '0',
}

/** How the terminal is drawn on. */
export type Brush = Readonly<{ colour: boolean }>

/** Writes one line with its colours, filled to the width of the screen. */
export function paintLine(spans: Line, columns: number, { colour }: Brush): string {
  const codes = colour ? COLOURS : SHADES
  const pieces = fit([...spans, { text: '', tone: lastTone(spans) }], columns)
  return `${pieces
    .filter(({ text }) => text !== '')
    .map(({ text, tone }) => `\x1b[${codes[tone]}m${text}`)
    .join('')}\x1b[0m`
}

/**
 * Writes a whole screen: every line that differs from what is there, each at its place, so that nothing
 * flickers. The last column of the last line stays empty: some terminals scroll when it is written.
 */
export function paintChanges(before: readonly string[], after: readonly string[]): string {
  return after
    .map((text, row) => (text === before[row] ? '' : `\x1b[${row + 1};1H${text}`))
    .join('')
}

/** Paints lines for a screen of this size: as many as it has, empty ones below. */
export function paintScreen(lines: readonly Line[], size: Size, brush: Brush): readonly string[] {
  return Array.from({ length: size.rows }, (_, row) => {
    const columns = row === size.rows - 1 ? size.columns - 1 : size.columns
    return paintLine(lines[row] ?? [], columns, brush)
  })
}

function lastTone(spans: Line): Tone {
  const tone = spans.at(-1)?.tone
  return tone === 'bar' || tone === 'chosen' ? tone : 'plain'
}
