export type QrCodeProps = Readonly<{
  /** Rows of `0` (light) and `1` (dark), with their margin. */
  modules: readonly string[]
  label: string
}>

/** A QR code, dark on light in both themes: readers expect that. */
export function QrCode({ modules, label }: QrCodeProps) {
  const size = modules.length
  return (
    <svg viewBox={`0 0 ${size} ${size}`} class="qr-code" role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={drawing(modules)} fill="#000" shape-rendering="crispEdges" />
    </svg>
  )
}

/** One bar for each run of dark modules in a row. */
function drawing(modules: readonly string[]): string {
  return modules
    .flatMap((row, y) =>
      [...row.matchAll(/1+/g)].map(
        ({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`,
      ),
    )
    .join('')
}
