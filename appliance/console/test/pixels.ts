const SCALE = 4

/**
 * Turns the half blocks of a screen's text into pixels, as a camera would have them: what is drawn is
 * light, everything else dark.
 */
export function pixelsOf(text: string) {
  const rows = text.split('\n')
  const columns = Math.max(...rows.map((row) => row.length))
  const width = columns * SCALE
  const height = rows.length * 2 * SCALE
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    const module = Math.floor(y / SCALE)
    const row = rows[Math.floor(module / 2)] ?? ''
    for (let x = 0; x < width; x += 1) {
      const block = row[Math.floor(x / SCALE)]
      const isLight = block === '█' || block === (module % 2 === 0 ? '▀' : '▄')
      data.set(isLight ? [255, 255, 255, 255] : [0, 0, 0, 255], (y * width + x) * 4)
    }
  }
  return { width, height, data }
}
