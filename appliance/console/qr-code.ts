import encodeQR from 'qr'
import { type Line, type Size, span } from './text.ts'

/** Modules of light around the code. The standard asks for four; readers find it with two. */
const BORDERS = [4, 2]

/**
 * Draws a text as a QR code of half blocks, two modules on a character: light is drawn, dark is the
 * background. `undefined` when it does not fit.
 */
export function qrLines(text: string, room: Size): readonly Line[] | undefined {
  for (const border of BORDERS) {
    const dark = encodeQR(text, 'raw', { ecc: 'low', border })
    const columns = dark.length
    const rows = Math.ceil(dark.length / 2)
    if (columns <= room.columns && rows <= room.rows) return draw(dark)
  }
  return undefined
}

function draw(dark: readonly (readonly boolean[])[]): readonly Line[] {
  return Array.from({ length: Math.ceil(dark.length / 2) }, (_, row) => {
    const upper = dark[row * 2] ?? []
    const lower = dark[row * 2 + 1]
    const text = upper.map((isDark, column) => block(!isDark, !(lower?.[column] ?? true)))
    return [span('modules', text.join(''))]
  })
}

function block(upperLight: boolean, lowerLight: boolean): string {
  if (upperLight) return lowerLight ? '█' : '▀'
  return lowerLight ? '▄' : ' '
}
