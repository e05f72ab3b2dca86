import type { ReadonlySignal } from '@preact/signals'
import { Icon } from '../../shared/icons.tsx'

const STEPS = 24

/** Shows how loud the microphone is, so that one sees it work before joining. */
export function LevelMeter({ level }: { level: ReadonlySignal<number> }) {
  const lit = Math.round(level.value * STEPS)
  return (
    <div class="level" data-testid="level" data-lit={lit}>
      <Icon name="microphone" size={18} />
      <meter
        class="visually-hidden"
        min={0}
        max={STEPS}
        value={lit}
        aria-label="Microphone level"
      />
      <div class="level-bars" aria-hidden="true">
        {Array.from({ length: STEPS }, (_, step) => (
          <i key={step} class={step < lit ? 'lit' : ''} />
        ))}
      </div>
      <span class="small soft">{lit > 1 ? 'We hear you' : 'Say something'}</span>
    </div>
  )
}
