import type { ComponentChildren } from 'preact'
import { Icon } from '../../../shared/icons.tsx'

export type StepProps = Readonly<{
  number: number
  title: string
  isDone: boolean
  children: ComponentChildren
}>

/** One step of several, which says when it is done. */
export function Step({ number, title, isDone, children }: StepProps) {
  const id = `step-${number}`
  return (
    <section class="card stack connect-step" aria-labelledby={id} data-testid={id}>
      <div class="card-head">
        <h2 id={id}>
          {number}. {title}
        </h2>
        {isDone && (
          <span class="badge ok">
            <Icon name="check" size={13} />
            Done
          </span>
        )}
      </div>
      {children}
    </section>
  )
}
