import { TREND_MS, type TrendPoint } from '../../state/calls-page.ts'
import { formatPercent } from '../../state/format.ts'

const WIDTH = 96
const HEIGHT = 24
/** A loss of so much fills the height, so that little does not look like much. */
const LEAST_SCALE_PERCENT = 10

type Props = Readonly<{ points: readonly TrendPoint[]; of: string }>

/** The loss of the last two minutes as a small line; its words tell the worst. */
export function Sparkline({ points, of }: Props) {
  const latest = points.at(-1)
  if (latest === undefined) return <span class="soft small">–</span>
  const worst = Math.max(...points.map(({ lossPercent }) => lossPercent))
  const scale = Math.max(LEAST_SCALE_PERCENT, worst)
  const line = points.map(({ atMs, lossPercent }) => {
    const x = WIDTH * (1 - (latest.atMs - atMs) / TREND_MS)
    const y = HEIGHT - 1 - (lossPercent / scale) * (HEIGHT - 2)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  const words = worst === 0 ? 'No loss lately' : `Loss up to ${formatPercent(worst)}`
  return (
    <span class="sparkline" data-testid="sparkline">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label={`Loss of ${of} over the last two minutes`}
      >
        <path class="sparkline-base" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
        <polyline points={line.join(' ')} />
      </svg>
      <span class="small soft figures">{words}</span>
    </span>
  )
}
