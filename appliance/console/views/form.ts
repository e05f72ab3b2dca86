import type { Field } from '../actions.ts'
import { type Screen, shownFields } from '../state.ts'
import { type Line, line, type Size, span, wrap } from '../text.ts'

/** Draws a form: what it is about, each field, a hint for the one in focus, and what is wrong. */
export function formLines(
  { form, focus, problem }: Extract<Screen, { kind: 'form' }>,
  room: Size,
): readonly Line[] {
  const fields = shownFields(form)
  const labels = Math.max(...fields.map(({ label }) => label.length)) + 2
  const about = form.about.flatMap((text) => wrap(text, room.columns))
  const hint = fields[focus]?.hint ?? ''
  return [
    ...about.map((text) => line(text)),
    [],
    ...fields.map((field, index) => fieldLine(field, index === focus, labels, room.columns)),
    [],
    ...wrap(hint, room.columns).map((text) => line(span('quiet', text))),
    ...(problem === undefined
      ? []
      : [[], ...wrap(problem, room.columns).map((text) => line(span('bad', text)))]),
  ]
}

function fieldLine(field: Field, inFocus: boolean, labels: number, columns: number): Line {
  const label = span(inFocus ? 'strong' : 'plain', field.label.padEnd(labels))
  if (field.choices !== undefined) {
    return [label, ...field.choices.flatMap((choice) => choiceSpans(choice, field, inFocus))]
  }
  const room = Math.max(8, Math.min(48, columns - labels - 1))
  const shown = `${field.value}${inFocus ? '_' : ''}`.slice(-room)
  return [label, span(inFocus ? 'chosen' : 'plain', shown.padEnd(inFocus ? room : 0))]
}

function choiceSpans(choice: string, field: Field, inFocus: boolean) {
  const isChosen = choice === field.value
  const text = isChosen ? `[${choice}]` : ` ${choice} `
  return [
    span(isChosen && inFocus ? 'chosen' : isChosen ? 'strong' : 'quiet', text),
    span('plain', ' '),
  ]
}
