import type { Action, Field, Form, FormName, Outcome, Trial } from './actions.ts'
import { type Facts, noFacts } from './facts.ts'
import type { Key } from './keys.ts'
import type { Size } from './text.ts'

/** What is on the screen. */
export type Screen =
  | Readonly<{ kind: 'status' }>
  | Readonly<{ kind: 'menu'; selected: number }>
  | Readonly<{
      kind: 'choice'
      title: string
      form: FormName
      subjects: readonly string[]
      selected: number
    }>
  | Readonly<{ kind: 'form'; form: Form; focus: number; problem?: string }>
  | Readonly<{ kind: 'question'; question: string; action: Action }>
  | Readonly<{ kind: 'busy'; action: Action }>
  | Readonly<{ kind: 'text'; title: string; lines: readonly string[]; top: number }>
  | Readonly<{ kind: 'details'; top: number }>
  | Readonly<{ kind: 'said'; good: boolean; title: string; text: string }>
  | Readonly<{ kind: 'trial'; trial: Trial }>

/** All that the console knows; a screen is drawn from it alone. `nowMs` is by the clock of the ticks. */
export type ConsoleState = Readonly<{
  screen: Screen
  facts: Facts
  size: Size
  nowMs: number
  /** Whether it was started by hand and so can be left. */
  mayQuit: boolean
}>

/** What happens to the console. */
export type ConsoleEvent =
  | Readonly<{ type: 'key'; key: Key }>
  | Readonly<{ type: 'facts'; facts: Facts }>
  | Readonly<{ type: 'size'; size: Size }>
  | Readonly<{ type: 'tick'; nowMs: number }>
  | Readonly<{ type: 'outcome'; outcome: Outcome }>

/** The state that follows, and what is to be done now, if anything. */
export type Step = Readonly<{ state: ConsoleState; action?: Action | 'quit' | 'redraw' }>

/** The state at the start. */
export function initialState(size: Size, mayQuit: boolean): ConsoleState {
  return { screen: { kind: 'status' }, facts: noFacts, size, nowMs: 0, mayQuit }
}

/** Lists the fields of a form that are asked in its present mode. */
export function shownFields({ fields }: Form): readonly Field[] {
  const mode = fields.find(({ name }) => name === 'mode')?.value
  return fields.filter(({ onlyInMode }) => onlyInMode === undefined || onlyInMode === mode)
}
