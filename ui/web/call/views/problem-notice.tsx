import type { ComponentChildren } from 'preact'
import { Icon } from '../../shared/icons.tsx'
import type { Problem } from '../state/model.ts'

/** What went wrong inside a page, why, and what to do; `children` are the buttons. */
export type ProblemNoticeProps = Readonly<{
  problem: Problem
  tone: 'warn' | 'bad'
  children?: ComponentChildren
}>

/** A problem that leaves the rest of the page usable. */
export function ProblemNotice({ problem, tone, children }: ProblemNoticeProps) {
  return (
    <section class={`notice ${tone}`} data-testid="problem" data-code={problem.code} role="alert">
      <Icon name="alert" />
      <div class="stack">
        <h2>{problem.title}</h2>
        <p>{problem.why}</p>
        <Advice advice={problem.advice} />
        {children}
      </div>
    </section>
  )
}

/** What to do, as a list when there is more than one thing. */
export function Advice({ advice }: { advice: readonly string[] }) {
  if (advice.length === 1) return <p>{advice[0]}</p>
  return (
    <ul>
      {advice.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  )
}
