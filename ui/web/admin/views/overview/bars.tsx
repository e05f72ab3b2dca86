/** One part of a bar; `pattern` tells it from its neighbours without colour. */
export type BarPart = Readonly<{ percent: number; look: 'plain' | 'striped' | 'dotted' | 'solid' }>

export type BarProps = Readonly<{ label: string; parts: readonly BarPart[]; text: string }>

/** A line with a bar of one or more parts; the words beside it say all that the bar shows. */
export function Bar({ label, parts, text }: BarProps) {
  return (
    <li class="bar small figures">
      <span>{label}</span>
      <BarTrack parts={parts} />
      <span class="bar-text">{text}</span>
    </li>
  )
}

function BarTrack({ parts }: { parts: readonly BarPart[] }) {
  return (
    <span class="bar-track" aria-hidden="true">
      {parts.map(({ percent, look }) => (
        <span key={look} class={`bar-fill ${look}`} style={{ width: widthOf(percent) }} />
      ))}
    </span>
  )
}

/** A share as a width that never leaves its track. */
export function widthOf(percent: number): string {
  return `${Math.min(100, Math.max(0, percent)).toFixed(1)}%`
}
