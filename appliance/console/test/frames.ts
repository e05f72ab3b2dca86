import type { Outcome } from '../actions.ts'
import type { Facts } from '../facts.ts'
import { type ConsoleEvent, type ConsoleState, initialState } from '../state.ts'
import { step } from '../step.ts'
import type { Size } from '../text.ts'
import { drawScreen } from '../views/screen.ts'
import { firstStart, inTrouble } from './sample-facts.ts'

const small = { columns: 80, rows: 25 }
const large = { columns: 120, rows: 40 }

function after(facts: Facts, size: Size, ...events: readonly ConsoleEvent[]): ConsoleState {
  const known: ConsoleEvent = { type: 'facts', facts }
  return [known, ...events].reduce(
    (state, event) => step(state, event).state,
    initialState(size, false),
  )
}

const outcome = (ended: Outcome): ConsoleEvent => ({ type: 'outcome', outcome: ended })
const letter = (character: string): ConsoleEvent => ({
  type: 'key',
  key: { name: 'character', character },
})

const fixedNetwork: Outcome = {
  type: 'form',
  form: {
    name: 'network',
    title: 'Network: ens3',
    about: ['The new addresses are tried for a minute.'],
    subject: 'ens3',
    fields: [
      {
        name: 'mode',
        label: 'Addresses',
        value: 'fixed',
        hint: 'How the addresses come.',
        choices: ['automatic', 'fixed'],
      },
      {
        name: 'ipv4',
        label: 'IPv4 address',
        value: '192.0.2.10',
        hint: 'With the prefix length.',
        onlyInMode: 'fixed',
      },
    ],
  },
}

const trial: Outcome = { type: 'trial', trial: { interface: 'ens3', deadlineMs: 42_000 } }
const pressed = (name: 'enter' | 'tab'): ConsoleEvent => ({ type: 'key', key: { name } })

/** States whose screens are kept as texts in the folder `frames`, by the name of the file. */
export const frameStates: Readonly<Record<string, ConsoleState>> = {
  'first-start-80x25': after(firstStart, small),
  'first-start-120x40': after(firstStart, large),
  'running-80x25': after({ ...firstStart, setupLink: undefined }, small),
  'running-120x40': after({ ...firstStart, setupLink: undefined }, large),
  'in-trouble-80x25': after(inTrouble, small),
  'details-80x25': after(firstStart, small, letter('i')),
  'menu-80x25': after(firstStart, small, letter('m')),
  'network-80x25': after(
    firstStart,
    small,
    outcome(fixedNetwork),
    pressed('tab'),
    pressed('enter'),
  ),
  'trial-80x25': after(firstStart, small, outcome(trial)),
  'reboot-80x25': after(firstStart, small, letter('m'), letter('r')),
}

/** The text of a screen, without the spaces at the ends of lines. */
export function frameText(state: ConsoleState): string {
  const rows = drawScreen(state).map((spans) =>
    spans
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )
  return `${rows.join('\n')}\n`
}
