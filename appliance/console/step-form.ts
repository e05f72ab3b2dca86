import type { Field, Form } from './actions.ts'
import type { Key } from './keys.ts'
import { type ConsoleState, type Screen, type Step, shownFields } from './state.ts'
import { submitForm } from './submit.ts'

type FormScreen = Extract<Screen, { kind: 'form' }>

const MAX_LENGTH = 253

/** Turns a key into what follows on a form: a character, another field, the answers or the way back. */
export function stepForm(state: ConsoleState, screen: FormScreen, key: Key): Step {
  if (key.name === 'escape' || key.name === 'interrupt') {
    return { state: { ...state, screen: { kind: 'menu', selected: 0 } } }
  }
  const fields = shownFields(screen.form)
  const last = fields.length - 1
  if (key.name === 'enter' && screen.focus >= last) return submit(state, screen)
  const moved = movedFocus(screen.focus, last, key)
  if (moved !== undefined) return { state: { ...state, screen: { ...screen, focus: moved } } }
  const field = fields[screen.focus]
  const value = field && edited(field, key)
  if (field === undefined || value === undefined) return { state }
  const form = withValue(screen.form, field.name, value)
  return { state: { ...state, screen: { kind: 'form', form, focus: screen.focus } } }
}

function submit(state: ConsoleState, screen: FormScreen): Step {
  const submission = submitForm(screen.form)
  if ('problem' in submission) {
    return { state: { ...state, screen: { ...screen, problem: submission.problem } } }
  }
  const { action } = submission
  return { state: { ...state, screen: { kind: 'busy', action } }, action }
}

function movedFocus(focus: number, last: number, key: Key): number | undefined {
  if (key.name === 'down' || key.name === 'tab' || key.name === 'enter') {
    return Math.min(last, focus + 1)
  }
  if (key.name === 'up' || key.name === 'backtab') return Math.max(0, focus - 1)
  return undefined
}

function edited(field: Field, key: Key): string | undefined {
  if (field.choices !== undefined) return chosen(field.choices, field.value, key)
  if (key.name === 'character') return `${field.value}${key.character}`.slice(0, MAX_LENGTH)
  if (key.name === 'backspace') return field.value.slice(0, -1)
  return key.name === 'clear' ? '' : undefined
}

/** The next choice by Right or a space, the one before by Left, any by its first letter. */
function chosen(choices: readonly string[], value: string, key: Key): string | undefined {
  const letter = key.name === 'character' ? key.character : ''
  const byLetter = choices.find((choice) => choice.startsWith(letter.toLowerCase()))
  if (letter.trim() !== '') return byLetter
  const isNext = key.name === 'right' || letter === ' '
  if (!isNext && key.name !== 'left') return undefined
  const index = choices.indexOf(value) + (isNext ? 1 : choices.length - 1)
  return choices[index % choices.length]
}

function withValue(form: Form, name: string, value: string): Form {
  const fields = form.fields.map((field) => (field.name === name ? { ...field, value } : field))
  return { ...form, fields }
}
