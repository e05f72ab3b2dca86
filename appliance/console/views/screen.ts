import type { ConsoleState } from '../state.ts'
import type { Line } from '../text.ts'
import { detailsLines } from './details.ts'
import { formLines } from './form.ts'
import { bodySize, frame } from './frame.ts'
import { choiceLines, menuLines } from './lists.ts'
import { busyLines, questionLines, saidLines, trialLines } from './messages.ts'
import { pageOf, textLines } from './page.ts'
import { statusLines } from './status.ts'

/** Draws a state: the lines of the whole screen. Pure. */
export function drawScreen(state: ConsoleState): readonly Line[] {
  const { screen, facts, size } = state
  const room = bodySize(size)
  const draw = (title: string, body: readonly Line[], hints: string) =>
    frame({ facts, size, title, body, hints })
  switch (screen.kind) {
    case 'status': {
      const hints = `Enter menu   I all details${state.mayQuit ? '   Q quit' : ''}`
      return draw('', statusLines(facts, { columns: size.columns - 2, rows: size.rows - 2 }), hints)
    }
    case 'menu':
      return draw(
        'Menu',
        menuLines(screen.selected, room),
        'Up/Down, letter   Enter choose   Esc back',
      )
    case 'choice':
      return draw(screen.title, choiceLines(screen), 'Up/Down   Enter choose   Esc back')
    case 'form':
      return draw(screen.form.title, formLines(screen, room), formHints(screen.form.fields.length))
    case 'question':
      return draw('Please confirm', questionLines(screen.question, room), 'Y yes   N no')
    case 'busy':
      return draw('Please wait', busyLines(screen.action), '')
    case 'said':
      return draw(screen.title, saidLines(screen, room), 'Any key: back')
    case 'trial':
      return draw(
        'Keep these addresses?',
        trialLines(state, screen.trial, room),
        'K keep   R go back now',
      )
    case 'text': {
      const body = textLines(screen.lines, room.columns)
      return draw(
        screen.title,
        pageOf(body, screen.top, room.rows),
        'Up/Down, Page Up/Down   Esc back',
      )
    }
    case 'details': {
      const body = detailsLines(facts, room.columns)
      return draw(
        'All details',
        pageOf(body, screen.top, room.rows),
        'Up/Down, Page Up/Down   Esc back',
      )
    }
  }
}

function formHints(fields: number): string {
  return fields > 1
    ? 'Tab next   Left/Right change a choice   Enter on the last: do it   Esc cancel'
    : 'Enter do it   Ctrl-U empty   Esc cancel'
}
