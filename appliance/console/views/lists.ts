import { menuItems } from '../menu.ts'
import type { Screen } from '../state.ts'
import { type Line, line, type Size, span, wrap } from '../text.ts'

/** Draws the menu, and what the chosen item does. */
export function menuLines(selected: number, room: Size): readonly Line[] {
  const width = Math.max(...menuItems.map(({ label }) => label.length))
  const items = menuItems.map(({ letter, label }, index) => {
    const isChosen = index === selected
    return line(
      span(isChosen ? 'chosen' : 'strong', ` ${letter.toUpperCase()}`),
      span(isChosen ? 'chosen' : 'plain', `  ${label.padEnd(width)} `),
    )
  })
  const help = menuItems[selected]?.help ?? ''
  return [...items, [], ...wrap(help, room.columns).map((text) => line(span('quiet', text)))]
}

/** Draws what is to be chosen from. */
export function choiceLines({
  subjects,
  selected,
}: Extract<Screen, { kind: 'choice' }>): readonly Line[] {
  return subjects.map((subject, index) =>
    line(span(index === selected ? 'chosen' : 'plain', ` ${subject} `)),
  )
}
