import type { Action, Outcome } from './actions.ts'
import type { Key } from './keys.ts'
import { menuItems } from './menu.ts'
import type { ConsoleEvent, ConsoleState, Screen, Step } from './state.ts'
import { stepForm } from './step-form.ts'
import { detailsLines } from './views/details.ts'
import { bodySize } from './views/frame.ts'
import { textLines } from './views/page.ts'

type ScreenOf<K extends Screen['kind']> = Extract<Screen, { kind: K }>

/** Turns what happened into the next state, and what is to be done. Pure. */
export function step(state: ConsoleState, event: ConsoleEvent): Step {
  switch (event.type) {
    case 'facts':
      return { state: { ...state, facts: event.facts } }
    case 'size':
      return { state: { ...state, size: event.size } }
    case 'tick':
      return tick({ ...state, nowMs: event.nowMs })
    case 'outcome':
      return { state: { ...state, screen: screenOf(event.outcome) } }
    case 'key':
      return pressKey(state, event.key)
  }
}

/** Time alone ends a trial: the addresses of before come back. */
function tick(state: ConsoleState): Step {
  const { screen } = state
  if (screen.kind !== 'trial' || state.nowMs < screen.trial.deadlineMs) return { state }
  return begin(state, { type: 'revertNetwork', interface: screen.trial.interface })
}

function screenOf(outcome: Outcome): Screen {
  switch (outcome.type) {
    case 'form':
      return { kind: 'form', form: outcome.form, focus: 0 }
    case 'choice': {
      const { form, title, subjects } = outcome
      return { kind: 'choice', form, title, subjects, selected: 0 }
    }
    case 'text':
      return { kind: 'text', title: outcome.title, lines: outcome.lines, top: 0 }
    case 'said':
      return { kind: 'said', good: outcome.good, title: outcome.title, text: outcome.text }
    case 'trial':
      return { kind: 'trial', trial: outcome.trial }
  }
}

function pressKey(state: ConsoleState, key: Key): Step {
  if (key.name === 'redraw') return { state, action: 'redraw' }
  const { screen } = state
  switch (screen.kind) {
    case 'status':
      return onStatus(state, key)
    case 'menu':
      return onMenu(state, screen, key)
    case 'choice':
      return onChoice(state, screen, key)
    case 'form':
      return stepForm(state, screen, key)
    case 'question':
      return onQuestion(state, screen, key)
    case 'trial':
      return onTrial(state, screen, key)
    case 'text':
    case 'details':
      return onText(state, screen, key)
    case 'said':
      return show(state, { kind: 'status' })
    case 'busy':
      return { state }
  }
}

/** Shows another screen. */
export function show(state: ConsoleState, screen: Screen): Step {
  return { state: { ...state, screen } }
}

/** Begins an action, and shows that it runs. */
export function begin(state: ConsoleState, action: Action): Step {
  return { state: { ...state, screen: { kind: 'busy', action } }, action }
}

function letterOf(key: Key): string {
  return key.name === 'character' ? key.character.toLowerCase() : ''
}

function onStatus(state: ConsoleState, key: Key): Step {
  const letter = letterOf(key)
  if (state.mayQuit && (letter === 'q' || key.name === 'interrupt')) {
    return { state, action: 'quit' }
  }
  if (letter === 'i') return show(state, { kind: 'details', top: 0 })
  if (letter === 'm' || key.name === 'enter') return show(state, { kind: 'menu', selected: 0 })
  return { state }
}

function onMenu(state: ConsoleState, screen: ScreenOf<'menu'>, key: Key): Step {
  if (isBack(key)) return show(state, { kind: 'status' })
  const moved = movedTo(screen.selected, menuItems.length, key)
  if (moved !== undefined) return show(state, { kind: 'menu', selected: moved })
  const letter = letterOf(key)
  const item =
    key.name === 'enter'
      ? menuItems[screen.selected]
      : menuItems.find((candidate) => candidate.letter === letter)
  if (item === undefined) return { state }
  if (item.asks === undefined) return begin(state, item.action)
  return show(state, { kind: 'question', question: item.asks, action: item.action })
}

function onChoice(state: ConsoleState, screen: ScreenOf<'choice'>, key: Key): Step {
  if (isBack(key)) return show(state, { kind: 'menu', selected: 0 })
  const moved = movedTo(screen.selected, screen.subjects.length, key)
  if (moved !== undefined) return show(state, { ...screen, selected: moved })
  const subject = screen.subjects[screen.selected]
  if (key.name !== 'enter' || subject === undefined) return { state }
  return begin(state, { type: 'open', form: screen.form, subject })
}

function onQuestion(state: ConsoleState, screen: ScreenOf<'question'>, key: Key): Step {
  const letter = letterOf(key)
  if (letter === 'y') return begin(state, screen.action)
  if (letter === 'n' || isBack(key)) return show(state, { kind: 'menu', selected: 0 })
  return { state }
}

/** Enter does not keep: it may have been pressed already when the screen came. */
function onTrial(state: ConsoleState, { trial }: ScreenOf<'trial'>, key: Key): Step {
  const letter = letterOf(key)
  if (letter === 'k') return begin(state, { type: 'keepNetwork', interface: trial.interface })
  if (letter === 'r' || isBack(key)) {
    return begin(state, { type: 'revertNetwork', interface: trial.interface })
  }
  return { state }
}

function onText(
  state: ConsoleState,
  screen: ScreenOf<'text'> | ScreenOf<'details'>,
  key: Key,
): Step {
  if (isBack(key) || key.name === 'enter' || letterOf(key) === 'q') {
    return show(state, { kind: 'status' })
  }
  const room = bodySize(state.size)
  const page = Math.max(1, room.rows - 1)
  const jumps: Readonly<Partial<Record<Key['name'], number>>> = {
    up: -1,
    down: 1,
    pageup: -page,
    pagedown: page,
    home: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  }
  const jump = jumps[key.name]
  if (jump === undefined) return { state }
  const lines =
    screen.kind === 'text'
      ? textLines(screen.lines, room.columns)
      : detailsLines(state.facts, room.columns)
  const last = lines.length > room.rows ? lines.length - page : 0
  return show(state, { ...screen, top: Math.min(last, Math.max(0, screen.top + jump)) })
}

function isBack(key: Key): boolean {
  return key.name === 'escape' || key.name === 'interrupt'
}

function movedTo(selected: number, count: number, key: Key): number | undefined {
  if (count === 0) return undefined
  if (key.name === 'down' || key.name === 'tab') return (selected + 1) % count
  if (key.name === 'up' || key.name === 'backtab') return (selected + count - 1) % count
  if (key.name === 'home') return 0
  return key.name === 'end' ? count - 1 : undefined
}
